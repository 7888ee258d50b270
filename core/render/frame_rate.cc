#include "core/render/frame_rate.h"

#include <algorithm>
#include <cmath>

namespace vagram {
namespace {

constexpr double kSlowest = 30;  // frames a second
constexpr double kRounding =
    1e-9;  // dt is a decimal fraction: a quotient of 2 may come as 1.999...

}  // namespace

FrameRate RealTimeFrameRate(double dt_seconds) {
  FrameRate rate;
  const double steps_per_second = 1 / dt_seconds;
  rate.steps_per_frame =
      std::max(1, static_cast<int>(std::floor(steps_per_second / kSlowest + kRounding)));
  if (rate.steps_per_frame == 1) {
    rate.frames_per_state =
        std::max(1, static_cast<int>(std::ceil(kSlowest / steps_per_second - kRounding)));
  }
  rate.per_second = steps_per_second * rate.frames_per_state / rate.steps_per_frame;
  return rate;
}

}  // namespace vagram
