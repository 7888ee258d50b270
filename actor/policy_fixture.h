#ifndef ACTOR_POLICY_FIXTURE_H_
#define ACTOR_POLICY_FIXTURE_H_

#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/env/task.h"
#include "proto/policy.pb.h"

namespace vagram::testing {

// A policy for `task` with networks as `sac` has them, and parameters drawn at random.
inline v1::PolicyFile RandomPolicy(const Task& task, const v1::SacConfig& sac, uint64_t seed) {
  const auto obs_dim = static_cast<int32_t>(task.obs_dim);
  const auto act_dim = static_cast<int32_t>(task.act_low.size());
  v1::PolicyFile file;
  file.set_trial_id("3/0");
  file.set_step(5000);
  file.mutable_config()->mutable_env()->set_id(task.id);
  *file.mutable_config()->mutable_sac() = sac;
  file.mutable_env()->set_id(task.id);
  file.mutable_env()->set_obs_dim(obs_dim);
  file.mutable_env()->set_act_dim(act_dim);

  std::vector<int32_t> sizes = {obs_dim};
  sizes.insert(sizes.end(), sac.hidden_sizes().begin(), sac.hidden_sizes().end());
  sizes.push_back(2 * act_dim);
  size_t count = 0;
  for (size_t l = 0; l + 1 < sizes.size(); ++l) {
    const bool normalized = sac.layer_norm() && l + 2 < sizes.size();
    count += static_cast<size_t>(sizes[l] + (normalized ? 3 : 1)) * sizes[l + 1];
  }
  Rng rng(seed);
  std::vector<float> parameters(count);
  for (float& parameter : parameters) parameter = static_cast<float>(0.3 * rng.Normal());
  v1::Array& values = *file.mutable_policy()->mutable_actor()->mutable_values();
  values.set_dtype(v1::FLOAT32);
  values.add_shape(static_cast<int64_t>(count));
  values.set_data(parameters.data(), sizeof(float) * count);
  return file;
}

}  // namespace vagram::testing

#endif  // ACTOR_POLICY_FIXTURE_H_
