#include "orchestrator/cli/format.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"

namespace vagram::cli {
namespace {

google::protobuf::Timestamp At(int64_t seconds) {
  google::protobuf::Timestamp time;
  time.set_seconds(seconds);
  return time;
}

TEST(FormatSeconds, UsesTheTwoLargestUnits) {
  EXPECT_EQ(FormatSeconds(0), "0s");
  EXPECT_EQ(FormatSeconds(59.4), "59s");
  EXPECT_EQ(FormatSeconds(59.6), "1m00s");
  EXPECT_EQ(FormatSeconds(125), "2m05s");
  EXPECT_EQ(FormatSeconds(3725), "1h02m");
  EXPECT_EQ(FormatSeconds(3 * 86400 + 4 * 3600), "3d04h");
}

TEST(FormatSeconds, ShowsADashForWhatIsNoEstimate) {
  EXPECT_EQ(FormatSeconds(-1), "-");
  EXPECT_EQ(FormatSeconds(std::nan("")), "-");
  EXPECT_EQ(FormatSeconds(std::numeric_limits<double>::infinity()), "-");
  EXPECT_EQ(FormatSeconds(1e18), "-");
}

TEST(FormatReturn, KeepsOneDecimalAndShortensHugeValues) {
  EXPECT_EQ(FormatReturn(-152.34), "-152.3");
  EXPECT_EQ(FormatReturn(0), "0.0");
  EXPECT_EQ(FormatReturn(1.5e9), "1.5e+09");
  EXPECT_EQ(FormatReturn(std::nan("")), "-");
}

TEST(FormatAgo, CountsFromThenToNowAndNeverIntoTheFuture) {
  EXPECT_EQ(FormatAgo(At(1000), absl::FromUnixSeconds(1003)), "3s ago");
  EXPECT_EQ(FormatAgo(At(1005), absl::FromUnixSeconds(1003)), "0s ago");
  EXPECT_EQ(FormatAgo(At(0), absl::FromUnixSeconds(1003)), "-");
}

TEST(FormatTime, LeavesTheDateOutForTheSameDay) {
  const absl::Time noon =
      absl::FromCivil(absl::CivilSecond(2024, 5, 6, 12, 0, 0), absl::LocalTimeZone());
  EXPECT_EQ(FormatTime(At(absl::ToUnixSeconds(noon)), noon), "12:00:00");
  EXPECT_EQ(FormatTime(At(absl::ToUnixSeconds(noon)), noon + absl::Hours(24)), "2024-05-06 12:00");
}

TEST(FormatSteps, ShowsWhatIsKnown) {
  EXPECT_EQ(FormatSteps(5, 10), "5/10");
  EXPECT_EQ(FormatSteps(5, 0), "5");
  EXPECT_EQ(FormatSteps(0, 0), "-");
}

TEST(FormatTrialTime, EndsWithTheTrialOrNow) {
  v1::Trial trial;
  EXPECT_EQ(FormatTrialTime(trial, absl::FromUnixSeconds(100)), "-");
  *trial.mutable_started_at() = At(40);
  EXPECT_EQ(FormatTrialTime(trial, absl::FromUnixSeconds(100)), "1m00s");
  *trial.mutable_ended_at() = At(50);
  EXPECT_EQ(FormatTrialTime(trial, absl::FromUnixSeconds(100)), "10s");
}

TEST(StateName, IsTheProtosNameInLowerCase) {
  EXPECT_EQ(StateName(v1::SUCCEEDED), "succeeded");
  EXPECT_EQ(StateName(v1::EXPERIMENT_CANCELLED), "cancelled");
  EXPECT_EQ(StateName(v1::TRIAL_STATE_UNSPECIFIED), "unknown");
  EXPECT_EQ(RoleName(v1::MODEL_SERVER), "model_server");
}

TEST(HasEnded, SplitsTheStates) {
  for (v1::TrialState state : {v1::QUEUED, v1::STARTING, v1::RUNNING}) {
    EXPECT_FALSE(HasEnded(state)) << StateName(state);
  }
  for (v1::TrialState state : {v1::SUCCEEDED, v1::FAILED, v1::CANCELLED}) {
    EXPECT_TRUE(HasEnded(state)) << StateName(state);
  }
  EXPECT_FALSE(HasEnded(v1::EXPERIMENT_RUNNING));
  EXPECT_TRUE(HasEnded(v1::EXPERIMENT_FAILED));
}

TEST(Count, AgreesWithTheNumber) {
  EXPECT_EQ(Count(1, "trial"), "1 trial");
  EXPECT_EQ(Count(0, "trial"), "0 trials");
}

}  // namespace
}  // namespace vagram::cli
