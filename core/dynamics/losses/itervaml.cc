#include "core/dynamics/losses/itervaml.h"

#include <ATen/ATen.h>

#include "core/dynamics/value_functions.h"

namespace vagram {
namespace {

at::Tensor SquaredDistance(const at::Tensor& predicted, const at::Tensor& observed) {
  return (predicted - observed).square().sum(-1);
}

}  // namespace

at::Tensor NextStateSamples(const Prediction& prediction, const Target& target) {
  if (!prediction.log_variance.defined()) return prediction.next_state;
  const int64_t obs_dim = prediction.next_state.size(-1);
  const at::Tensor deviation = (prediction.log_variance.narrow(-1, 0, obs_dim) / 2).exp();
  const at::Tensor noise = target.noise.dim() == 3 ? target.noise.unsqueeze(1) : target.noise;
  return prediction.next_state + deviation * noise;
}

at::Tensor IterVamlLoss::SquaredValueError(const Prediction& prediction,
                                           const Target& target) const {
  const StateValueFunctions& value = *target.value_functions;
  const at::Tensor draw = target.action_noise.defined() ? target.action_noise[0] : at::Tensor();
  const at::Tensor observed = value(target.next_state, draw);  // [J, K, B] or [J, B]
  at::Tensor predicted = value(NextStateSamples(prediction, target), draw);
  if (prediction.log_variance.defined()) predicted = predicted.mean(1);  // of [J, S, K, B]
  return ((observed.dim() == 2 ? observed.unsqueeze(1) : observed) - predicted).square();
}

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
