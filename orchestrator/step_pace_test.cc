#include "orchestrator/step_pace.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

using ::testing::Eq;
using ::testing::Optional;

const absl::Time kStart = absl::UnixEpoch() + absl::Hours(1);

TEST(StepPaceTest, CountsFromTheFirstWordOn) {
  StepPace pace;
  EXPECT_EQ(pace.Advance(4000, kStart), 0) << "a checkpoint's steps are not new";
  EXPECT_EQ(pace.Advance(4007, kStart + absl::Seconds(1)), 7);
  EXPECT_EQ(pace.Advance(4007, kStart + absl::Seconds(2)), 0);
}

TEST(StepPaceTest, MeasuresOverAWindowAndComesToRest) {
  StepPace pace;
  pace.Advance(100, kStart);
  pace.Advance(150, kStart + absl::Seconds(9));
  EXPECT_THAT(pace.per_second(), Eq(std::nullopt));
  pace.Advance(200, kStart + absl::Seconds(10));
  EXPECT_THAT(pace.per_second(), Optional(10.0));
  pace.Advance(300, kStart + absl::Seconds(15));
  EXPECT_THAT(pace.per_second(), Optional(10.0));
  pace.Advance(300, kStart + absl::Seconds(20));
  pace.Advance(300, kStart + absl::Seconds(30));
  EXPECT_THAT(pace.per_second(), Optional(0.0));
}

TEST(StepPaceTest, TakesAStepBelowZeroForZero) {
  StepPace pace;
  pace.Advance(INT64_MIN, kStart);
  EXPECT_EQ(pace.Advance(INT64_MAX, kStart), INT64_MAX);
  EXPECT_EQ(pace.Advance(INT64_MIN, kStart), 0);
}

TEST(StepPaceTest, DoesNotCountTheSameStepsTwice) {
  StepPace pace;
  pace.Advance(100, kStart);
  EXPECT_EQ(pace.Advance(50, kStart + absl::Seconds(1)), 0);
  EXPECT_EQ(pace.Advance(110, kStart + absl::Seconds(2)), 10);
  EXPECT_EQ(pace.Advance(110, kStart - absl::Seconds(5)), 0) << "a clock that was set back";
}

}  // namespace
}  // namespace vagram
