#include "core/dynamics/value_weights.h"

#include <ATen/ATen.h>

#include "absl/strings/str_cat.h"

namespace vagram {
namespace {

constexpr double kFloorOfMedian = 0.01;

absl::Status CheckFinite(const at::Tensor& values) {
  if (values.isfinite().all().item<bool>()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "a value at an observed state is not finite; the critics have diverged: lower "
      "sac.critic_learning_rate");
}

}  // namespace

absl::StatusOr<ValueWeighting> ParseValueWeighting(absl::string_view name) {
  if (name == "inverse" || name.empty()) return ValueWeighting::kInverse;
  if (name == "reference_2022") return ValueWeighting::kReference2022;
  return absl::InvalidArgumentError(
      absl::StrCat("model.value_weighting is '", name, "', expected inverse or reference_2022"));
}

absl::StatusOr<at::Tensor> InverseValueWeights(const at::Tensor& values) {
  if (const absl::Status finite = CheckFinite(values); !finite.ok()) return finite;
  const at::Tensor size = values.mean(0).abs();  // [N]
  const double floor = kFloorOfMedian * size.median().item<double>();
  if (floor == 0) return at::ones_like(size).unsqueeze(1);
  const at::Tensor inverse = size.clamp_min(floor).reciprocal();
  return (inverse / inverse.mean()).unsqueeze(1);
}

absl::StatusOr<at::Tensor> ValueWeightsOf2022(const at::Tensor& values, int64_t members,
                                              int64_t batch_size, int64_t obs_dim) {
  if (const absl::Status finite = CheckFinite(values); !finite.ok()) return finite;
  const at::Tensor size = values.abs().mean(0);  // [N]
  const double scale = static_cast<double>(values.size(0) * members * batch_size * obs_dim);
  // All values 0: the published code divides 0 by 0; here no transition has a weight.
  return (size / (size.mean().clamp_min(1e-30) * scale)).unsqueeze(1);
}

}  // namespace vagram
