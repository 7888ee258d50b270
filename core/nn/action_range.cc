#include "core/nn/action_range.h"

#include <ATen/ops/empty.h>

#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"

namespace vagram {

absl::StatusOr<ActionRange> ActionRange::Create(const std::vector<double>& low,
                                                const std::vector<double>& high) {
  if (low.empty() || low.size() != high.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the action has ", low.size(), " lower and ", high.size(),
                     " upper bounds, expected as many of both and at least one"));
  }
  const int64_t act_dim = static_cast<int64_t>(low.size());
  ActionRange range;
  range.center = at::empty({act_dim}, at::kDouble);
  range.half_range = at::empty({act_dim}, at::kDouble);
  for (int64_t i = 0; i < act_dim; ++i) {
    if (!std::isfinite(low[i]) || !std::isfinite(high[i]) || low[i] >= high[i]) {
      return absl::InvalidArgumentError(absl::StrCat("action ", i, " is bounded by [", low[i], ", ",
                                                     high[i],
                                                     "], expected finite bounds in order"));
    }
    range.center.data_ptr<double>()[i] = low[i] / 2 + high[i] / 2;
    range.half_range.data_ptr<double>()[i] = high[i] / 2 - low[i] / 2;
  }
  return range;
}

}  // namespace vagram
