#ifndef CORE_DYNAMICS_MODEL_LOSS_H_
#define CORE_DYNAMICS_MODEL_LOSS_H_

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vagram {

class StateValueFunctions;

// What the ensemble says about a batch: K members, B transitions, n observation dimensions.
struct Prediction {
  at::Tensor next_state;    // [K, B, n], the observation itself, not the change
  at::Tensor reward;        // [K, B, 1]
  at::Tensor log_variance;  // [K, B, n + 1], state then reward; undefined when deterministic
};

// What it should have said, per member (each has a shuffle of its own): [K, B, ...], or [B, ...]
// where all members see the same batch.
struct Target {
  at::Tensor state;       // [K, B, n]: s
  at::Tensor action;      // [K, B, m]: a
  at::Tensor next_state;  // [K, B, n]: s'
  at::Tensor reward;      // [K, B, 1]
  // dV_j/ds at s', clipped unless the loss wants them raw: [J, K, B, n] (or [J, B, n]); undefined
  // for losses that want none.
  at::Tensor value_gradients;
  // By the value at s': [K, B, 1] (or [B, 1]); undefined for losses that want none.
  at::Tensor value_weights;
  // V_j anywhere, of the training's critic version; null for losses that want none.
  std::shared_ptr<const StateValueFunctions> value_functions;
  // Standard normal draws, for losses that take an expectation over what a probabilistic ensemble
  // predicts: [S, K, B, n] (or [S, B, n]); undefined for other losses and ensembles.
  at::Tensor noise;
  // Standard normal draws, the same for s' and what was predicted of it, by which value functions
  // sample the policy's action: [S, K, B, m] (or [S, B, m]); undefined where they take its mean.
  at::Tensor action_noise;
  int64_t epoch = 0;  // of this training
  bool first_training = false;
  int64_t trainings_before = 0;  // unlike the two above, told when scoring too
};

// A model loss of the paper, differentiable in the prediction through autograd. The state and the
// reward part are kept apart; their sum is trained on. Reduction: sum over dimensions, mean over
// members, samples and value functions. Stateless and thread-safe.
class ModelLoss {
 public:
  struct Value {
    at::Tensor state;   // scalar
    at::Tensor reward;  // scalar
  };

  virtual ~ModelLoss() = default;
  virtual Value Compute(const Prediction& prediction, const Target& target) const = 0;

  // Score by which members are ranked and training stops, per member [K]; lower is better.
  // The default is the loss itself, member by member.
  virtual at::Tensor HoldoutScore(const Prediction& prediction, const Target& target) const;
};

// sum over the last dimension, mean over the others, of (predicted - observed)^2; `observed` may
// lack the dimension of members. A scalar.
at::Tensor SquaredError(const at::Tensor& predicted, const at::Tensor& observed);

}  // namespace vagram

#endif  // CORE_DYNAMICS_MODEL_LOSS_H_
