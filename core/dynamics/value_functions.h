#ifndef CORE_DYNAMICS_VALUE_FUNCTIONS_H_
#define CORE_DYNAMICS_VALUE_FUNCTIONS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/nn/action_range.h"
#include "core/nn/mlp.h"

namespace vagram {

struct StateValueOptions {
  // Whether gradients in the state count how the action changes with it.
  bool through_policy = false;
  double temperature = 0;  // alpha of the snapshot, for Soft
};

// The value functions V_j(s) = Q_j(s, a_pi(s)) of one snapshot of the learner, a_pi the policy
// mean or a sample of it: for losses that want values where nobody has been, at the predicted next
// state. Policy, critics and temperature are constants; gradients are those in the state, once
// through autograd. Immutable and thread-safe; copies share the parameters.
class StateValueFunctions {
 public:
  // actor: one network whose first outputs are the means before tanh, one per action dimension,
  // and, for sampled actions, whose others are as many raw log deviations;
  // critics: stacks of networks from state and action to one value, each network a value function.
  //   INVALID_ARGUMENT: no critics, or networks that do not fit one another.
  static absl::StatusOr<StateValueFunctions> Create(StackedMlp actor,
                                                    std::vector<StackedMlp> critics,
                                                    const ActionRange& actions,
                                                    int64_t critic_version,
                                                    const StateValueOptions& options = {});

  // J, over all stacks.
  int64_t num_value_functions() const;

  // Number of SAC updates behind the snapshot.
  int64_t critic_version() const { return critic_version_; }

  // The same functions of states x that are measured in `units` [obs_dim]: V_j(units * x).
  StateValueFunctions InUnitsOf(const at::Tensor& units) const;

  // V_j at states [..., obs_dim], of the networks' element type: [J, ...]. The action is the
  // policy's mean, or, with `action_noise` (standard normal, expandable to [..., act_dim]), the
  // sample that it draws. Unless options.through_policy, gradients hold the action constant, as
  // value gradients do.
  at::Tensor operator()(const at::Tensor& states,
                        const at::Tensor& action_noise = at::Tensor()) const;

  // One sample of the soft value E_a [Q_j(s, a) - alpha log pi(a|s)] (Haarnoja 2018, equation 3):
  // [J, ...], the action drawn as above. Unless options.through_policy, gradients hold the action
  // and its probability constant.
  at::Tensor Soft(const at::Tensor& states, const at::Tensor& action_noise) const;

 private:
  StateValueFunctions(StackedMlp actor, std::vector<StackedMlp> critics, at::Tensor center,
                      at::Tensor half_range, int64_t critic_version,
                      const StateValueOptions& options);

  // Q_j(s, a) - temperature log pi(a|s).
  at::Tensor Evaluate(const at::Tensor& measured, const at::Tensor& action_noise,
                      double temperature) const;

  StackedMlp actor_;
  std::vector<StackedMlp> critics_;
  at::Tensor center_;      // [act_dim]
  at::Tensor half_range_;  // [act_dim]
  at::Tensor units_;       // [obs_dim], or undefined: states come as they are
  int64_t critic_version_;
  StateValueOptions options_;
};

// The values at states [N, n], in pieces, so that memory stays bounded; `action_noise` [N, m] or
// undefined. [J, N].
at::Tensor ValuesAt(const StateValueFunctions& values, const at::Tensor& states,
                    const at::Tensor& action_noise);

}  // namespace vagram

#endif  // CORE_DYNAMICS_VALUE_FUNCTIONS_H_
