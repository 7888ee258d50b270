#include "orchestrator/cli/remaining_time.h"

#include <cmath>

#include "gtest/gtest.h"

namespace vagram::cli {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(10000);

v1::Trial* AddTrial(v1::TrialState state, v1::Experiment* experiment) {
  v1::Trial* trial = experiment->add_trials();
  trial->set_state(state);
  return trial;
}

void AddEnded(v1::TrialState state, int seconds, v1::Experiment* experiment) {
  v1::Trial* trial = AddTrial(state, experiment);
  trial->mutable_started_at()->set_seconds(5000);
  trial->mutable_ended_at()->set_seconds(5000 + seconds);
}

void AddRunning(int for_seconds, double eta_seconds, v1::Experiment* experiment) {
  v1::Trial* trial = AddTrial(v1::RUNNING, experiment);
  trial->mutable_started_at()->set_seconds(10000 - for_seconds);
  trial->mutable_progress()->set_eta_seconds(eta_seconds);
}

TEST(EstimateRemainingTime, PutsQueuedTrialsWhereRunningOnesEndFirst) {
  v1::Experiment experiment;
  AddRunning(60, 40, &experiment);  // 100 s in all
  AddRunning(20, 80, &experiment);  // 100 s in all
  for (int i = 0; i < 3; ++i) AddTrial(v1::QUEUED, &experiment);
  // 40 + 100 + 100 in one place, 80 + 100 in the other.
  EXPECT_EQ(EstimateRemainingTime(experiment, kNow), absl::Seconds(240));
  EXPECT_EQ(RemainingTimeText(experiment, kNow), "about 4m left");
}

TEST(EstimateRemainingTime, LearnsFromTrialsThatSucceededAlone) {
  v1::Experiment experiment;
  AddEnded(v1::SUCCEEDED, 300, &experiment);
  AddEnded(v1::FAILED, 1, &experiment);
  AddEnded(v1::STOPPED, 1, &experiment);
  AddTrial(v1::PAUSED, &experiment);
  AddRunning(100, 0, &experiment);  // its learner has not said yet
  EXPECT_EQ(EstimateRemainingTime(experiment, kNow), absl::Seconds(200));
}

TEST(EstimateRemainingTime, SaysNothingWhereNothingIsKnown) {
  v1::Experiment experiment;
  EXPECT_EQ(EstimateRemainingTime(experiment, kNow), absl::nullopt);
  AddTrial(v1::QUEUED, &experiment);
  AddRunning(10, std::nan(""), &experiment);
  EXPECT_EQ(EstimateRemainingTime(experiment, kNow), absl::nullopt);
  EXPECT_EQ(RemainingTimeText(experiment, kNow), "");
  v1::Experiment waiting;
  AddEnded(v1::SUCCEEDED, 300, &waiting);
  AddTrial(v1::QUEUED, &waiting);
  EXPECT_EQ(EstimateRemainingTime(waiting, kNow), absl::nullopt) << "nobody knows when it starts";
}

TEST(EstimateRemainingTime, IsNotBelowZeroForATrialThatTakesLongerThanOthers) {
  v1::Experiment experiment;
  AddEnded(v1::SUCCEEDED, 50, &experiment);
  AddRunning(100, 0, &experiment);
  EXPECT_EQ(EstimateRemainingTime(experiment, kNow), absl::ZeroDuration());
  EXPECT_EQ(RemainingTimeText(experiment, kNow), "about 10s left");
}

TEST(RemainingTimeText, HasNoMoreDigitsThanAnEstimateHas) {
  const auto text = [](double eta) {
    v1::Experiment experiment;
    AddRunning(1, eta, &experiment);
    return RemainingTimeText(experiment, kNow);
  };
  EXPECT_EQ(text(43), "about 40s left");
  EXPECT_EQ(text(125), "about 2m left");
  EXPECT_EQ(text(3 * 3600 + 17 * 60), "about 3h20m left");
  EXPECT_EQ(text(53 * 3600), "about 2d05h left");
}

}  // namespace
}  // namespace vagram::cli
