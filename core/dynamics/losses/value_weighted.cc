#include "core/dynamics/losses/value_weighted.h"

#include <ATen/ATen.h>

namespace vagram {

ModelLoss::Value ValueWeightedLoss::Compute(const Prediction& prediction,
                                            const Target& target) const {
  const at::Tensor error = (prediction.next_state - target.next_state).square();
  return {(target.value_weights * error).sum(-1).mean(),
          SquaredError(prediction.reward, target.reward)};
}

}  // namespace vagram
