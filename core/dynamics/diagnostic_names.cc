#include "core/dynamics/diagnostic_names.h"

#include "absl/strings/str_cat.h"

namespace vagram {

std::vector<std::string> DiagnosticNames(const DiagnosticOptions& options) {
  std::vector<std::string> names;
  if (options.horizon == 0) return names;
  const auto add = [&names](const auto&... parts) {
    names.push_back(absl::StrCat("diagnose/", parts...));
  };
  for (int64_t h = 1; h <= options.horizon; ++h) add("model_error_h", h);
  for (int64_t h = 1; h <= options.horizon; ++h) add("value_error_h", h);
  if (options.obs_dim <= kMaxWeightsByDimension) {
    for (int n = 0; n < options.obs_dim; ++n) add("gradient_weight_", n);
  } else {
    for (int i = 1; i <= kTopWeights; ++i) add("gradient_weight_top", i);
  }
  if (options.distractor_dims > 0) add("gradient_weight_distractors");
  for (const char* quantile : {"p05", "p50", "p95", "max"}) add("gradient_norm_", quantile);
  add("q_bias_imagined");
  return names;
}

}  // namespace vagram
