#ifndef CORE_CONFIG_LINEAR_SCHEDULE_H_
#define CORE_CONFIG_LINEAR_SCHEDULE_H_

#include "proto/spec.pb.h"

namespace vagram {

// The schedule's value in `epoch` (0 for the first): `from` up to first_epoch, `to` from last_epoch
// on, linear between.
double ScheduleValue(const v1::LinearSchedule& schedule, double epoch);

// The same rounded down, at least 1: lengths of imagined rollouts.
int ScheduleLength(const v1::LinearSchedule& schedule, double epoch);

}  // namespace vagram

#endif  // CORE_CONFIG_LINEAR_SCHEDULE_H_
