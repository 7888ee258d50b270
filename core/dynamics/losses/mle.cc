#include "core/dynamics/losses/mle.h"

#include <ATen/ATen.h>

namespace vagram {
namespace {

at::Tensor NegativeLogLikelihood(const at::Tensor& mean, const at::Tensor& log_variance,
                                 const at::Tensor& observed) {
  const at::Tensor scaled_error = (mean - observed).square() * (-log_variance).exp();
  return (scaled_error + log_variance).sum(-1).mean();
}

}  // namespace

ModelLoss::Value MleLoss::Compute(const Prediction& prediction, const Target& target) const {
  const int64_t obs_dim = prediction.next_state.size(-1);
  const at::Tensor& log_variance = prediction.log_variance;
  return {
      NegativeLogLikelihood(prediction.next_state, log_variance.narrow(-1, 0, obs_dim),
                            target.next_state),
      NegativeLogLikelihood(prediction.reward, log_variance.narrow(-1, obs_dim, 1), target.reward)};
}

at::Tensor MleLoss::HoldoutScore(const Prediction& prediction, const Target& target) const {
  const at::Tensor state_error = (prediction.next_state - target.next_state).square().sum(-1);
  const at::Tensor reward_error = (prediction.reward - target.reward).square().sum(-1);
  return (state_error + reward_error).mean(1);
}

}  // namespace vagram
