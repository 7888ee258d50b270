#include "actor/clip_actor.h"

#include <ATen/Functions.h>

#include <memory>
#include <utility>
#include <vector>

#include "actor/trained_actor.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "core/nn/gaussian_policy.h"

namespace vagram {

Actor RandomActor(const Task& task, uint64_t seed) {
  return [low = task.act_low, high = task.act_high,
          rng = Rng(DeriveSeed(seed, "action"))](absl::Span<const float>) mutable {
    std::vector<float> action(low.size());
    for (size_t i = 0; i < action.size(); ++i) {
      action[i] = static_cast<float>(rng.Uniform(low[i], high[i]));
    }
    return action;
  };
}

absl::StatusOr<Actor> PolicyActor(const v1::PolicyFile& file, const Task& task) {
  ASSIGN_OR_RETURN(TrainedActor actor, ReadActor(file, task));
  ASSIGN_OR_RETURN(GaussianPolicy created,
                   GaussianPolicy::Create(actor.options, std::move(actor.parameters)));
  auto policy = std::make_shared<GaussianPolicy>(std::move(created));
  return Actor([policy](absl::Span<const float> observation) {
    const at::Tensor row =
        at::from_blob(const_cast<float*>(observation.data()),
                      {1, static_cast<int64_t>(observation.size())}, at::TensorOptions(at::kFloat));
    const at::Tensor action = policy->Mean(row).contiguous();
    const float* const first = action.data_ptr<float>();
    return std::vector<float>(first, first + action.numel());
  });
}

}  // namespace vagram
