#ifndef CORE_NN_POLICY_ACTION_H_
#define CORE_NN_POLICY_ACTION_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/nn/mlp.h"
#include "core/nn/tanh_gaussian.h"

namespace vagram {

// The action a(s) of a value function V(s) = Q(s, a(s)) and the way back through it: the mean of a
// tanh-Gaussian policy, or a draw of it by the reparametrisation trick. Written out by hand, no
// autograd graph. Not thread-safe; shares the actor's parameters.
class PolicyAction {
 public:
  // actor: one network to the means before tanh, one per action dimension, and, where actions are
  // drawn, as many raw log deviations. center, half_range: [act_dim], like the actor's parameters.
  PolicyAction(StackedMlp actor, at::Tensor center, at::Tensor half_range);

  // Actions in the task's range [rows, act_dim] at states [rows, obs_dim]: draws by `noise`
  // (standard normal, [rows, act_dim]), or the policy's mean where it is undefined.
  at::Tensor Forward(const at::Tensor& states, const at::Tensor& noise);

  // log pi(a|s) of the actions last drawn, [rows]. The density of tanh(u) itself, as SAC has it:
  // the task's range plays no part.
  const at::Tensor& log_prob() const { return sample_.log_prob; }

  // After Forward: dL/ds [rows, obs_dim] of an L that depends on the states through the actions,
  // by dL/da [rows, act_dim], and, where they were drawn, through log_prob, by the same
  // dL/d(log_prob) in every row. The noise is held constant. Lives until the next call.
  at::Tensor StateGradient(const at::Tensor& action_gradient, double log_prob_gradient);

 private:
  StackedMlp actor_;
  const at::Tensor center_, half_range_;
  MlpWorkspace pass_;
  at::Tensor unit_action_;     // in (-1, 1)
  TanhGaussianSample sample_;  // undefined for means
};

// Whether value functions are taken at a sample of the policy: false for "mean", also when empty,
// true for "sample".   INVALID_ARGUMENT: another name.
absl::StatusOr<bool> SamplesValueAction(absl::string_view name);

// Standard normal noise [rows, act_dim], float32, of transitions first_index and on. Each row is a
// function of the seed and its own index, so that the same transition has the same noise whoever
// draws it, and in whatever pieces.
at::Tensor ActionNoise(uint64_t seed, int64_t first_index, int64_t rows, int64_t act_dim);

}  // namespace vagram

#endif  // CORE_NN_POLICY_ACTION_H_
