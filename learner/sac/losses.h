#ifndef LEARNER_SAC_LOSSES_H_
#define LEARNER_SAC_LOSSES_H_

#include <ATen/core/Tensor.h>

#include <utility>

#include "absl/status/statusor.h"
#include "core/nn/action_range.h"
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
// optimizers and random numbers; works in the dtype and on the device of the parameters.
// Not thread-safe. The results stay valid until the next call.
class SacLosses {
 public:
  struct Networks {
    MlpShape actor_shape;   // heads: means, raw log deviations
    MlpShape critic_shape;  // 2 networks from (state, action in the task's range) to a value
    at::Tensor actor;       // flat parameters, shared with the caller
    at::Tensor critics;
    at::Tensor targets;
  };
  //   INVALID_ARGUMENT: the parameters or the range do not fit the shapes.
  static absl::StatusOr<SacLosses> Create(const Networks& networks, const ActionRange& range,
                                          double discount);

  // r + gamma (1 - terminated) (min_j Q'_j(s', a') - alpha log pi(a'|s')), [batch, 1], with a'
  // drawn by `noise` [batch, act_dim]. temperature: alpha [1].
  at::Tensor CriticTarget(const SacBatch& batch, const at::Tensor& noise,
                          const at::Tensor& temperature);

  // L = mean over the batch of sum_j (Q_j(s, a) - target)^2. Writes dL/d(critics). With `weight`
  // [batch, 1], which sums to 1, the mean is weighted; only state and action of the batch count.
  struct CriticResult {
    at::Tensor loss;    // []
    at::Tensor q_mean;  // []
  };
  CriticResult CriticGradient(const SacBatch& batch, const at::Tensor& target,
                              const at::Tensor& critic_gradient,
                              const at::Tensor& weight = at::Tensor());

  // L = mean over the batch of alpha log pi(a|s) - min_j Q_j(s, a), a drawn by `noise`.
  // Writes dL/d(actor).
  struct ActorResult {
    at::Tensor loss;     // []
    at::Tensor entropy;  // [], -mean log pi(a|s)
  };
  ActorResult ActorGradient(const at::Tensor& state, const at::Tensor& noise,
                            const at::Tensor& temperature, const at::Tensor& actor_gradient);

 private:
  SacLosses(StackedMlp actor, StackedMlp critics, StackedMlp targets)
      : actor_(std::move(actor)), critics_(std::move(critics)), targets_(std::move(targets)) {}

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
  at::Tensor output_gradient_;  // [2, batch, 1]
  at::Tensor heads_gradient_;   // [1, batch, 2 act_dim]
};

}  // namespace vagram

#endif  // LEARNER_SAC_LOSSES_H_
