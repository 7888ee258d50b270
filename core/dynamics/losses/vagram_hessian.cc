#include "core/dynamics/losses/vagram_hessian.h"

#include <ATen/ATen.h>

#include "core/dynamics/losses/vagram_taylor.h"

namespace vagram {

ModelLoss::Value VagramHessianLoss::Compute(const Prediction& prediction,
                                            const Target& target) const {
  const at::Tensor first_order = FirstOrderValueError(prediction, target).square().mean();
  const at::Tensor distance = (prediction.next_state - target.next_state).square().sum(-1);
  const double remainder_weight = hessian_bound_ * hessian_bound_ / 2;
  return {2 * first_order + remainder_weight * distance.square().mean(),
          SquaredError(prediction.reward, target.reward)};
}

}  // namespace vagram
