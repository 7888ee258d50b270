#include "core/dynamics/losses/vagram_reference_2022.h"

#include <ATen/ATen.h>

namespace vagram {
namespace {

constexpr double kNeverClippedBelow = 1e5;

// gradient: of one value function, [K, B, n] or [B, n].
at::Tensor ClipAsIn2022(const at::Tensor& gradient, double quantile) {
  const at::Tensor norms = at::linalg_vector_norm(gradient, 2, at::IntArrayRef{-1});
  if (norms.max().item<double>() < kNeverClippedBelow) return gradient;
  const at::Tensor bound = at::quantile(norms.reshape({-1}), quantile);
  const at::Tensor kept = norms.lt(bound).logical_or(norms.lt(kNeverClippedBelow)).unsqueeze(-1);
  return at::where(kept, gradient, (bound / norms).unsqueeze(-1) * gradient);
}

}  // namespace

ModelLoss::Value VagramReference2022Loss::Compute(const Prediction& prediction,
                                                  const Target& target) const {
  const at::Tensor sums = target.value_gradients.cumsum(0);
  at::Tensor weight = at::zeros_like(sums[0]);
  for (const at::Tensor& of_one : sums.unbind(0)) {
    weight = weight + ClipAsIn2022(of_one, clip_quantile_).square();
  }
  weight = weight / sums.size(0);

  const at::Tensor error = (prediction.next_state - target.next_state).square();
  Value value = {(weight * error).mean(), SquaredError(prediction.reward, target.reward)};
  if (target.trainings_before < first_epoch_trainings_) {
    const double outputs = static_cast<double>(error.size(-1) + 1);
    value.state = value.state + error.sum(-1).mean() / outputs;
    value.reward = value.reward + SquaredError(prediction.reward, target.reward) / outputs;
  }
  return value;
}

}  // namespace vagram
