#include "core/dynamics/losses/vagram.h"

#include <ATen/ATen.h>

namespace vagram {

ModelLoss::Value VagramLoss::Compute(const Prediction& prediction, const Target& target) const {
  const at::Tensor weight = target.value_gradients.square().mean(0);  // [K, B, n] or [B, n]
  const at::Tensor error = (prediction.next_state - target.next_state).square();
  Value value = {(weight * error).sum(-1).mean(), SquaredError(prediction.reward, target.reward)};
  if (target.first_training && target.epoch < mse_warmup_epochs_) {
    value.state = value.state + error.sum(-1).mean();
  }
  return value;
}

}  // namespace vagram
