#ifndef CORE_DYNAMICS_VALUE_FUNCTIONS_H_
#define CORE_DYNAMICS_VALUE_FUNCTIONS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/nn/action_range.h"
#include "core/nn/mlp.h"

namespace vagram {

// The value functions V_j(s) = Q_j(s, a_pi(s)) of one snapshot of the learner, a_pi the policy
// mean: for losses that want values where nobody has been, at the predicted next state.
// Immutable and thread-safe; copies share the parameters.
class StateValueFunctions {
 public:
  // actor: one network whose first outputs are the means before tanh, one per action dimension;
  // critics: stacks of networks from state and action to one value, each network a value function.
  //   INVALID_ARGUMENT: no critics, or networks that do not fit one another.
  static absl::StatusOr<StateValueFunctions> Create(StackedMlp actor,
                                                    std::vector<StackedMlp> critics,
                                                    const ActionRange& actions,
                                                    int64_t critic_version);

  // J, over all stacks.
  int64_t num_value_functions() const;

  // Number of SAC updates behind the snapshot.
  int64_t critic_version() const { return critic_version_; }

  // The same functions of states x that are measured in `units` [obs_dim]: V_j(units * x).
  StateValueFunctions InUnitsOf(const at::Tensor& units) const;

  // V_j at states [..., obs_dim], of the networks' element type: [J, ...]. Differentiable once
  // through autograd in the states, the action held constant (as value gradients are).
  at::Tensor operator()(const at::Tensor& states) const;

 private:
  StateValueFunctions(StackedMlp actor, std::vector<StackedMlp> critics, at::Tensor center,
                      at::Tensor half_range, int64_t critic_version);

  StackedMlp actor_;
  std::vector<StackedMlp> critics_;
  at::Tensor center_;      // [act_dim]
  at::Tensor half_range_;  // [act_dim]
  at::Tensor units_;       // [obs_dim], or undefined: states come as they are
  int64_t critic_version_;
};

}  // namespace vagram

#endif  // CORE_DYNAMICS_VALUE_FUNCTIONS_H_
