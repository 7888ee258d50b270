#ifndef CORE_NN_GAUSSIAN_POLICY_H_
#define CORE_NN_GAUSSIAN_POLICY_H_

#include <ATen/core/Tensor.h>

#include <vector>

#include "absl/status/statusor.h"
#include "core/nn/agent_networks.h"
#include "core/nn/mlp.h"
#include "core/nn/tanh_gaussian.h"

namespace vagram {

// Actions from a tanh-Gaussian policy, without gradients: what actors and imagination need.
// a = center + half_range * tanh(mu(s) + sigma(s) * noise). Holds its own copy of the parameters.
// Not thread-safe.
class GaussianPolicy {
 public:
  struct Options : AgentNetworks {  // act_dim follows from the bounds
    std::vector<double> act_low;    // [act_dim]
    std::vector<double> act_high;   // [act_dim]
  };
  // parameters: flat, as ActorShape lays them out.
  //   INVALID_ARGUMENT: wrong size; bounds that are not finite or not in order.
  static absl::StatusOr<GaussianPolicy> Create(const Options& options, at::Tensor parameters);

  // states: [batch, obs_dim]. Returns [batch, act_dim] in the task's own range.
  at::Tensor Mean(const at::Tensor& states);
  // noise: standard normal [batch, act_dim].
  at::Tensor Sample(const at::Tensor& states, const at::Tensor& noise);

 private:
  GaussianPolicy() = default;
  at::Tensor Squash(const at::Tensor& pre_tanh) const;

  std::vector<StackedMlp> actor_;  // exactly one
  MlpWorkspace workspace_;
  at::Tensor center_;      // [act_dim]
  at::Tensor half_range_;  // [act_dim]
};

}  // namespace vagram

#endif  // CORE_NN_GAUSSIAN_POLICY_H_
