#include "core/dynamics/value_gradients.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace vagram {
namespace {

std::vector<double> ToVector(const at::Tensor& values) {
  const at::Tensor flat = values.to(at::kCPU, at::kDouble).contiguous();
  return std::vector<double>(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
}

}  // namespace

double Quantile(std::vector<double>& values, double q) {
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = values.begin() + static_cast<int64_t>(std::floor(place));
  std::nth_element(values.begin(), below, values.end());
  const auto above = std::min_element(below + 1, values.end());
  if (above == values.end()) return *below;
  return *below + (place - std::floor(place)) * (*above - *below);
}

absl::StatusOr<ClippedValueGradients> ClipValueGradients(const at::Tensor& gradients,
                                                         double quantile) {
  const at::Tensor norms = at::linalg_vector_norm(gradients, 2, at::IntArrayRef{2});  // [J, N]
  std::vector<double> all_norms = ToVector(norms);
  const auto bad = std::find_if_not(all_norms.begin(), all_norms.end(),
                                    [](double norm) { return std::isfinite(norm); });
  if (bad != all_norms.end()) {
    const int64_t place = bad - all_norms.begin();
    return absl::InvalidArgumentError(
        absl::StrCat("value gradient of transition ", place % norms.size(1), " by value function ",
                     place / norms.size(1),
                     " is not finite; the critics have diverged: lower "
                     "sac.critic_learning_rate"));
  }

  std::vector<double> limits;
  for (int64_t j = 0; j < gradients.size(0); ++j) {
    std::vector<double> norms_of_one = ToVector(norms[j]);
    limits.push_back(Quantile(norms_of_one, quantile));
  }
  const at::Tensor limit = at::tensor(limits, at::kDouble).to(norms.options()).unsqueeze(1);
  const at::Tensor over = norms.gt(limit);
  const at::Tensor scale = at::where(over, limit / norms, at::ones_like(norms));

  ClippedValueGradients clipped;
  clipped.gradients = gradients * scale.unsqueeze(2);
  clipped.clipped_share = over.to(at::kDouble).mean().item<double>();
  clipped.median_norm = Quantile(all_norms, 0.5);
  return clipped;
}

at::Tensor ScaleToUnit(const at::Tensor& gradients) {
  const double mean_square = gradients.to(at::kDouble).square().mean().item<double>();
  return mean_square > 0 ? gradients / std::sqrt(mean_square) : gradients;
}

}  // namespace vagram
