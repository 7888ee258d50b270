#ifndef LEARNER_SAC_SOFT_VALUES_H_
#define LEARNER_SAC_SOFT_VALUES_H_

#include <ATen/core/Tensor.h>

#include <utility>

#include "absl/status/statusor.h"
#include "core/nn/action_range.h"
#include "core/nn/dropout.h"
#include "core/nn/mlp.h"
#include "learner/sac/losses.h"

namespace vagram {

// Soft state values step by step: an action of the policy, its entropy bonus, and the target
// critics' values of it: V(s) = min_j Q'_j(s, a) - alpha log pi(a|s). Follows parameters that
// change in place. Not thread-safe; keeps memory for one batch size.
class SoftValues {
 public:
  //   INVALID_ARGUMENT: the parameters do not fit the shapes.
  static absl::StatusOr<SoftValues> Create(const SacLosses::Networks& networks,
                                           const ActionRange& range);

  // From now on, dropout of the target critics, as in SacLosses::UseDropout.
  void UseDropout(const Dropout& dropout) { target_pass_.dropout = dropout; }

  struct Draw {
    at::Tensor action;         // [rows, act_dim], in the task's range
    at::Tensor entropy_bonus;  // [rows, 1], -alpha log pi(a|s)
  };
  // states [rows, obs_dim]; noise: standard normal [rows, act_dim]; temperature: alpha [1].
  Draw Act(const at::Tensor& states, const at::Tensor& noise, const at::Tensor& temperature);

  // Q'_j of every target critic, [critics, rows, 1], good until the next call.
  const at::Tensor& TargetValues(const at::Tensor& states, const at::Tensor& actions);

  // What target critics' values [critics, ...] count as together: the minimum, [...], of those in
  // `subset`, int64 [count], or of all where it is undefined.
  static at::Tensor Pessimistic(const at::Tensor& values, const at::Tensor& subset);

 private:
  SoftValues(StackedMlp actor, StackedMlp targets)
      : actor_(std::move(actor)), targets_(std::move(targets)) {}

  StackedMlp actor_;
  StackedMlp targets_;
  MlpWorkspace actor_pass_;
  MlpWorkspace target_pass_;
  at::Tensor center_;      // [act_dim]
  at::Tensor half_range_;  // [act_dim]
  at::Tensor input_;       // [rows, obs_dim + act_dim]
};

}  // namespace vagram

#endif  // LEARNER_SAC_SOFT_VALUES_H_
