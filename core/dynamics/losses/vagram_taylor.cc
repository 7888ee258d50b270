#include "core/dynamics/losses/vagram_taylor.h"

#include <ATen/ATen.h>

namespace vagram {

at::Tensor FirstOrderValueError(const Prediction& prediction, const Target& target) {
  // [J, B, n], the same batch for all members, would otherwise be taken for [K, B, n].
  const at::Tensor gradients = target.value_gradients.dim() == 3
                                   ? target.value_gradients.unsqueeze(1)
                                   : target.value_gradients;
  return (gradients * (prediction.next_state - target.next_state)).sum(-1);
}

ModelLoss::Value VagramTaylorLoss::Compute(const Prediction& prediction,
                                           const Target& target) const {
  return {FirstOrderValueError(prediction, target).square().mean(),
          SquaredError(prediction.reward, target.reward)};
}

}  // namespace vagram
