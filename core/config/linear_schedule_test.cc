#include "core/config/linear_schedule.h"

#include "gtest/gtest.h"

namespace vagram {
namespace {

v1::LinearSchedule Ramp(double from, double to, double first, double last) {
  v1::LinearSchedule schedule;
  schedule.set_from(from);
  schedule.set_to(to);
  schedule.set_first_epoch(first);
  schedule.set_last_epoch(last);
  return schedule;
}

TEST(LinearScheduleTest, IsFlatOutsideAndLinearInside) {
  const v1::LinearSchedule ramp = Ramp(1, 15, 20, 100);
  EXPECT_EQ(ScheduleValue(ramp, 0), 1);
  EXPECT_EQ(ScheduleValue(ramp, 20), 1);
  EXPECT_EQ(ScheduleValue(ramp, 60), 8);
  EXPECT_EQ(ScheduleValue(ramp, 100), 15);
  EXPECT_EQ(ScheduleValue(ramp, 1000), 15);
}

TEST(LinearScheduleTest, ConstantWhenTheRampHasNoLength) {
  EXPECT_EQ(ScheduleValue(Ramp(0, 0.95, 0, 0), 0), 0.95);
}

TEST(LinearScheduleTest, LengthsAreRoundedDownAndAtLeastOne) {
  EXPECT_EQ(ScheduleLength(Ramp(1, 2, 0, 10), 9), 1);
  EXPECT_EQ(ScheduleLength(Ramp(1, 2, 0, 10), 10), 2);
  EXPECT_EQ(ScheduleLength(Ramp(0, 0, 0, 0), 3), 1);
  EXPECT_EQ(ScheduleLength(Ramp(0, 3, 0, 30), 10), 1);
  EXPECT_EQ(ScheduleLength(Ramp(0, 3, 0, 30), 20), 2);
}

}  // namespace
}  // namespace vagram
