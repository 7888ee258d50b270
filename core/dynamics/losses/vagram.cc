#include "core/dynamics/losses/vagram.h"

#include <ATen/ATen.h>

namespace vagram {

at::Tensor GradientWeightedError(const Prediction& prediction, const Target& target) {
  const at::Tensor weight = target.value_gradients.square().mean(0);  // [K, B, n] or [B, n]
  return (weight * (prediction.next_state - target.next_state).square()).sum(-1);
}

ModelLoss::Value VagramLoss::Compute(const Prediction& prediction, const Target& target) const {
  Value value = {GradientWeightedError(prediction, target).mean(),
                 SquaredError(prediction.reward, target.reward)};
  if (target.first_training && target.epoch < mse_warmup_epochs_) {
    value.state = value.state + SquaredError(prediction.next_state, target.next_state);
  }
  return value;
}

}  // namespace vagram
