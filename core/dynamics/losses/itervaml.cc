#include "core/dynamics/losses/itervaml.h"

#include <ATen/ATen.h>

#include "core/dynamics/value_functions.h"

namespace vagram {
namespace {

// E V_j(s^'): [J, K, B].
at::Tensor ExpectedValues(const Prediction& prediction, const Target& target) {
  const StateValueFunctions& value = *target.value_functions;
  if (!prediction.log_variance.defined()) return value(prediction.next_state);
  const int64_t obs_dim = prediction.next_state.size(-1);
  const at::Tensor deviation = (prediction.log_variance.narrow(-1, 0, obs_dim) / 2).exp();
  const at::Tensor noise = target.noise.dim() == 3 ? target.noise.unsqueeze(1) : target.noise;
  return value(prediction.next_state + deviation * noise).mean(1);  // of [J, S, K, B]
}

// (V_j(s') - E V_j(s^'))^2: [J, K, B].
at::Tensor SquaredValueError(const Prediction& prediction, const Target& target) {
  const at::Tensor observed = (*target.value_functions)(target.next_state);  // or [J, B]
  return ((observed.dim() == 2 ? observed.unsqueeze(1) : observed) -
          ExpectedValues(prediction, target))
      .square();
}

at::Tensor SquaredDistance(const at::Tensor& predicted, const at::Tensor& observed) {
  return (predicted - observed).square().sum(-1);
}

}  // namespace

ModelLoss::Value IterVamlLoss::Compute(const Prediction& prediction, const Target& target) const {
  Value value;
  value.state = SquaredValueError(prediction, target).mean() +
                mse_weight_ * SquaredError(prediction.next_state, target.next_state);
  if (prediction.log_variance.defined()) {
    const at::Tensor log_variance =
        prediction.log_variance.narrow(-1, prediction.next_state.size(-1), 1);
    const at::Tensor error = (prediction.reward - target.reward).square();
    value.reward = (error * (-log_variance).exp() + log_variance).mean();
  } else {
    value.reward = SquaredError(prediction.reward, target.reward);
  }
  return value;
}

at::Tensor IterVamlLoss::HoldoutScore(const Prediction& prediction, const Target& target) const {
  return SquaredValueError(prediction, target).mean(0).mean(1) +
         mse_weight_ * SquaredDistance(prediction.next_state, target.next_state).mean(1) +
         SquaredDistance(prediction.reward, target.reward).mean(1);
}

}  // namespace vagram
