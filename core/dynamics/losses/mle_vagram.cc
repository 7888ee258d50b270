#include "core/dynamics/losses/mle_vagram.h"

#include <ATen/ATen.h>

#include "core/dynamics/losses/vagram.h"

namespace vagram {

ModelLoss::Value MleVagramLoss::Compute(const Prediction& prediction, const Target& target) const {
  Value value = mle_.Compute(prediction, target);
  value.state = value.state + vagram_weight_ * GradientWeightedError(prediction, target).mean();
  return value;
}

at::Tensor MleVagramLoss::HoldoutScore(const Prediction& prediction, const Target& target) const {
  return mle_.HoldoutScore(prediction, target) +
         vagram_weight_ * GradientWeightedError(prediction, target).mean(1);
}

}  // namespace vagram
