#include "core/config/linear_schedule.h"

#include <algorithm>
#include <cmath>

namespace vagram {

double ScheduleValue(const v1::LinearSchedule& schedule, double epoch) {
  if (epoch >= schedule.last_epoch()) return schedule.to();
  if (epoch <= schedule.first_epoch()) return schedule.from();
  const double share =
      (epoch - schedule.first_epoch()) / (schedule.last_epoch() - schedule.first_epoch());
  return schedule.from() + share * (schedule.to() - schedule.from());
}

int ScheduleLength(const v1::LinearSchedule& schedule, double epoch) {
  // The ramp's exact integers must not fall below themselves by a rounding error.
  return std::max(1, static_cast<int>(std::floor(ScheduleValue(schedule, epoch) + 1e-9)));
}

}  // namespace vagram
