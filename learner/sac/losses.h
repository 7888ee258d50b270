#ifndef LEARNER_SAC_LOSSES_H_
#define LEARNER_SAC_LOSSES_H_

#include <ATen/core/Tensor.h>

#include <utility>

#include "absl/status/statusor.h"
#include "core/nn/action_range.h"
#include "core/nn/dropout.h"
#include "core/nn/mlp.h"

namespace vagram {

// A batch of transitions in the dtype and on the device of the networks.
struct SacBatch {
  at::Tensor state;       // [batch, obs_dim]
  at::Tensor action;      // [batch, act_dim], in the task's range
  at::Tensor reward;      // [batch, 1]
  at::Tensor next_state;  // [batch, obs_dim]
  at::Tensor terminated;  // [batch, 1], 0 or 1
};

// The losses of soft actor-critic (Haarnoja 2018, second version) and their gradients, written out
// by hand: no autograd graph is built and nothing is computed that no optimizer asks for. Free of
// optimizers and, but for dropout, of random numbers; works in the dtype and on the device of the
// parameters. Not thread-safe. The results stay valid until the next call.
class SacLosses {
 public:
  struct Networks {
    MlpShape actor_shape;   // heads: means, raw log deviations
    MlpShape critic_shape;  // networks from (state, action in the task's range) to a value
    at::Tensor actor;       // flat parameters, shared with the caller
    at::Tensor critics;
    at::Tensor targets;
  };
  //   INVALID_ARGUMENT: the parameters or the range do not fit the shapes.
  static absl::StatusOr<SacLosses> Create(const Networks& networks, const ActionRange& range,
                                          double discount);

  // From now on, dropout of the critics and their targets in all three losses (Hiraoka 2022).
  void UseDropout(const Dropout& dropout) {
    critic_pass_.dropout = dropout;
    weighted_pass_.dropout = dropout;
  }

  // r + gamma (1 - terminated) (min_j Q'_j(s', a') - alpha log pi(a'|s')), [batch, 1], with a'
  // drawn by `noise` [batch, act_dim]. temperature: alpha [1]. j ranges over `subset`, int64
  // [count] (Chen 2021, algorithm 1), or over all targets where it is undefined.
  at::Tensor CriticTarget(const SacBatch& batch, const at::Tensor& noise,
                          const at::Tensor& temperature, const at::Tensor& subset = at::Tensor());

  // L = mean over the batch of sum_j (Q_j(s, a) - target)^2. Writes dL/d(critics). With `weight`
  // [batch, 1], which sums to 1, the mean is weighted; only state and action of the batch count.
  struct CriticResult {
    at::Tensor loss;    // []
    at::Tensor q_mean;  // [], over all critics
  };
  CriticResult CriticGradient(const SacBatch& batch, const at::Tensor& target,
                              const at::Tensor& critic_gradient,
                              const at::Tensor& weight = at::Tensor());

  // L = mean over the batch of alpha log pi(a|s) - Q(s, a), a drawn by `noise`, with Q the minimum
  // of two critics (Haarnoja 2018) and the mean of more (Chen 2021, algorithm 1). Writes
  // dL/d(actor).
  struct ActorResult {
    at::Tensor loss;     // []
    at::Tensor entropy;  // [], -mean log pi(a|s)
  };
  ActorResult ActorGradient(const at::Tensor& state, const at::Tensor& noise,
                            const at::Tensor& temperature, const at::Tensor& actor_gradient);

 private:
  SacLosses(StackedMlp actor, StackedMlp critics, StackedMlp targets)
      : actor_(std::move(actor)), critics_(std::move(critics)), targets_(std::move(targets)) {}

  // dL/dQ of the actor's loss, [critics, batch, 1], in memory that is reused.
  const at::Tensor& ActorOutputGradient(const at::Tensor& q);

  // [state, center + half_range * unit_action] for a critic, in memory that is reused.
  const at::Tensor& CriticInput(const at::Tensor& state, const at::Tensor& unit_action);

  StackedMlp actor_;
  StackedMlp critics_;
  StackedMlp targets_;
  MlpWorkspace actor_pass_;
  MlpWorkspace critic_pass_;  // of the targets too: fewer activations to keep in the cache
  at::Tensor center_;         // [act_dim]
  at::Tensor half_range_;     // [act_dim]
  double discount_ = 0;

  at::Tensor critic_input_;     // [batch, obs_dim + act_dim]
  MlpWorkspace weighted_pass_;  // of weighted batches, whose size is their own
  at::Tensor weighted_input_;
  at::Tensor output_gradient_;  // [critics, batch, 1]
  at::Tensor heads_gradient_;   // [1, batch, 2 act_dim]
};

}  // namespace vagram

#endif  // LEARNER_SAC_LOSSES_H_
