#include "orchestrator/step_pace.h"

#include <algorithm>

namespace vagram {

int64_t StepPace::Advance(int64_t step, absl::Time now) {
  step = std::max<int64_t>(step, 0);  // so that no difference overflows
  if (!furthest_.has_value()) {
    furthest_ = window_step_ = step;
    window_start_ = now;
    return 0;
  }
  const int64_t taken = std::max<int64_t>(step - *furthest_, 0);
  *furthest_ += taken;
  const absl::Duration window = now - window_start_;
  if (window >= kWindow) {
    per_second_ = static_cast<double>(*furthest_ - window_step_) / absl::ToDoubleSeconds(window);
    window_step_ = *furthest_;
    window_start_ = now;
  }
  return taken;
}

}  // namespace vagram
