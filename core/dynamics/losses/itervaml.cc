#include "core/dynamics/losses/itervaml.h"

#include <ATen/ATen.h>

#include "core/dynamics/value_functions.h"

namespace vagram {

ModelLoss::Value IterVamlLoss::Compute(const Prediction& prediction, const Target& target) const {
  const at::Tensor predicted = (*target.value_functions)(prediction.next_state);  // [J, K, B]
  at::Tensor observed = (*target.value_functions)(target.next_state);  // the same or [J, B]
  if (observed.dim() == 2) observed = observed.unsqueeze(1);
  const at::Tensor value_error = (observed - predicted).square().mean();
  return {value_error + mse_weight_ * SquaredError(prediction.next_state, target.next_state),
          SquaredError(prediction.reward, target.reward)};
}

}  // namespace vagram
