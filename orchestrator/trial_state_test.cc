#include "orchestrator/trial_state.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

TrialRecord Queued(int restarts) {
  NewExperiment experiment;
  experiment.restarts = restarts;
  experiment.trials.emplace_back();
  return QueuedTrial(experiment, {1, 0});
}

TrialRecord Running(int restarts, int failures) {
  TrialRecord record = Queued(restarts);
  record.trial.set_state(v1::RUNNING);
  record.trial.mutable_progress()->set_step(5);
  record.failures = failures;
  return record;
}

v1::Experiment WithStates(const std::vector<v1::TrialState>& states) {
  v1::Experiment experiment;
  for (const v1::TrialState state : states) experiment.add_trials()->set_state(state);
  return experiment;
}

TEST(TrialStateTest, QueuesTheNextAttemptWhileRestartsLast) {
  const Transition transition = AttemptEnded(Running(2, 1), "why", /*counts=*/true, kNow);
  EXPECT_EQ(transition.next.trial.state(), v1::QUEUED);
  EXPECT_EQ(transition.next.trial.attempt(), 2);
  EXPECT_FALSE(transition.next.trial.has_progress());
  EXPECT_EQ(transition.next.failures, 2);
  EXPECT_EQ(transition.ended->attempt(), 1);
  EXPECT_EQ(transition.ended->reason(), "why");
  EXPECT_EQ(MaxAttempts(transition.next), 2);
}

TEST(TrialStateTest, FailsWhenNoRestartIsLeft) {
  const Transition transition = AttemptEnded(Running(2, 2), "why", /*counts=*/true, kNow);
  EXPECT_EQ(transition.next.trial.state(), v1::FAILED);
  EXPECT_TRUE(transition.next.trial.has_ended_at());
  EXPECT_THAT(transition.next.trial.attempts(), SizeIs(1));
  EXPECT_EQ(AttemptEnded(Running(0, 0), "why", true, kNow).next.trial.reason(), "why");
}

TEST(TrialStateTest, DoesNotCountWhatIsNotTheTrialsFault) {
  const Transition transition = AttemptEnded(Running(0, 0), "why", /*counts=*/false, kNow);
  EXPECT_EQ(transition.next.trial.state(), v1::QUEUED);
  EXPECT_EQ(transition.next.failures, 0);
}

TEST(TrialStateTest, RecordsNoEndedAttemptForATrialThatNeverRanOrSucceeded) {
  const TrialRecord queued = Queued(3);
  EXPECT_FALSE(TrialEnded(queued, v1::CANCELLED, "why", kNow).ended.has_value());
  EXPECT_FALSE(TrialEnded(Running(3, 0), v1::SUCCEEDED, "", kNow).ended.has_value());
  EXPECT_TRUE(TrialEnded(Running(3, 0), v1::FAILED, "why", kNow).ended.has_value());
}

TEST(TrialStateTest, CountsStalledTrialsAsRunningAndPausedOnesAsUnfinished) {
  EXPECT_TRUE(IsActive(v1::STALLED));
  EXPECT_FALSE(IsActive(v1::PAUSED));
  EXPECT_FALSE(HasEnded(v1::STALLED));
  EXPECT_FALSE(HasEnded(v1::PAUSED));
  EXPECT_FALSE(HasEnded(v1::EXPERIMENT_PAUSED));
}

TEST(TrialStateTest, PutsTheAttemptOfAPausedTrialOnRecordOnce) {
  const TrialRecord paused = Paused(Running(2, 1), "paused by a user").next;
  EXPECT_EQ(paused.trial.state(), v1::PAUSED);
  EXPECT_EQ(paused.trial.progress().step(), 5);
  const Transition rested = AttemptRested(paused, kNow);
  EXPECT_EQ(rested.ended->attempt(), 1);
  EXPECT_EQ(rested.ended->reason(), "paused by a user");
  const Transition again = AttemptRested(rested.next, kNow);
  EXPECT_FALSE(again.ended.has_value());
  EXPECT_THAT(again.next.trial.attempts(), SizeIs(1));
}

TEST(TrialStateTest, ResumesAsTheNextAttemptWhatHasRun) {
  TrialRecord running = Running(2, 1);
  running.trial.set_replaced_actors(4);
  const TrialRecord paused = AttemptRested(Paused(running, "why").next, kNow).next;
  const TrialRecord resumed = Resumed(paused).next;
  EXPECT_EQ(resumed.trial.state(), v1::QUEUED);
  EXPECT_EQ(resumed.trial.attempt(), 2);
  EXPECT_EQ(resumed.trial.reason(), "");
  EXPECT_EQ(resumed.trial.replaced_actors(), 0);
  EXPECT_FALSE(resumed.trial.has_progress());
  EXPECT_EQ(resumed.failures, 1);
  const TrialRecord queued = Queued(3);
  EXPECT_EQ(Resumed(Paused(queued, "why").next).next.trial.attempt(), 1);
}

TEST(TrialStateTest, ResumesAFailureWithAllRestarts) {
  const TrialRecord failed = AttemptEnded(Running(2, 2), "why", /*counts=*/true, kNow).next;
  ASSERT_EQ(failed.trial.state(), v1::FAILED);
  const TrialRecord resumed = Resumed(failed).next;
  EXPECT_EQ(resumed.trial.attempt(), 2);
  EXPECT_EQ(resumed.failures, 0);
  EXPECT_FALSE(resumed.trial.has_ended_at());
  EXPECT_EQ(MaxAttempts(resumed), 4);
}

TEST(TrialStateTest, KnowsWhetherATrialRestsAtARung) {
  TrialRecord record;
  record.trial.set_state(v1::RUNNING);
  EXPECT_FALSE(Paused(record, "by a user").next.at_rung);
  const TrialRecord waiting = Paused(record, "waits", /*at_rung=*/true).next;
  EXPECT_TRUE(waiting.at_rung);
  EXPECT_TRUE(AttemptRested(waiting, kNow).next.at_rung);
  EXPECT_FALSE(Paused(waiting, "by a user").next.at_rung);
  EXPECT_FALSE(Resumed(waiting).next.at_rung);
  EXPECT_FALSE(RunsAgain(waiting).next.at_rung);
  const TrialRecord stopped = TrialEnded(waiting, v1::STOPPED, "why", kNow).next;
  EXPECT_FALSE(stopped.at_rung);
  EXPECT_TRUE(stopped.trial.has_ended_at());
  EXPECT_TRUE(HasEnded(stopped.trial.state()));
}

TEST(TrialStateTest, SendsAFailureThatIsResumedBackToItsRung) {
  TrialRecord failed;
  failed.trial.set_state(v1::RUNNING);
  failed = TrialEnded(failed, v1::FAILED, "why", kNow).next;
  failed.failures = 3;
  const TrialRecord waiting = Paused(failed, "waits", /*at_rung=*/true).next;
  EXPECT_FALSE(waiting.trial.has_ended_at());
  EXPECT_EQ(waiting.failures, 0);
  EXPECT_EQ(Resumed(waiting).next.trial.attempt(), failed.trial.attempt() + 1);
}

TEST(TrialStateTest, ClipsReasons) {
  const Transition transition =
      AttemptEnded(Running(2, 0), std::string(5000, 'x'), /*counts=*/true, kNow);
  EXPECT_THAT(transition.next.trial.reason(), SizeIs(1000));
}

TEST(TrialStateTest, DoublesThePauseUpToHalfAMinute) {
  EXPECT_EQ(RestartPause(1), absl::Seconds(1));
  EXPECT_EQ(RestartPause(2), absl::Seconds(2));
  EXPECT_EQ(RestartPause(3), absl::Seconds(4));
  EXPECT_EQ(RestartPause(6), absl::Seconds(30));
  EXPECT_EQ(RestartPause(1000), absl::Seconds(30));
}

TEST(TrialStateTest, DerivesTheExperimentsStateFromItsTrials) {
  using v1::CANCELLED, v1::FAILED, v1::PAUSED, v1::QUEUED, v1::RUNNING, v1::STALLED, v1::SUCCEEDED;
  EXPECT_EQ(StateOf(WithStates({QUEUED, QUEUED})), v1::EXPERIMENT_QUEUED);
  EXPECT_EQ(StateOf(WithStates({QUEUED, RUNNING})), v1::EXPERIMENT_RUNNING);
  EXPECT_EQ(StateOf(WithStates({QUEUED, SUCCEEDED})), v1::EXPERIMENT_RUNNING);
  EXPECT_EQ(StateOf(WithStates({STALLED, SUCCEEDED})), v1::EXPERIMENT_RUNNING);
  EXPECT_EQ(StateOf(WithStates({PAUSED, PAUSED})), v1::EXPERIMENT_PAUSED);
  EXPECT_EQ(StateOf(WithStates({PAUSED, FAILED})), v1::EXPERIMENT_PAUSED);
  EXPECT_EQ(StateOf(WithStates({PAUSED, QUEUED})), v1::EXPERIMENT_RUNNING);
  EXPECT_EQ(StateOf(WithStates({PAUSED, STALLED})), v1::EXPERIMENT_RUNNING);
  EXPECT_EQ(StateOf(WithStates({SUCCEEDED, SUCCEEDED})), v1::EXPERIMENT_SUCCEEDED);
  EXPECT_EQ(StateOf(WithStates({SUCCEEDED, CANCELLED})), v1::EXPERIMENT_CANCELLED);
  EXPECT_EQ(StateOf(WithStates({CANCELLED, FAILED})), v1::EXPERIMENT_FAILED);
}

}  // namespace
}  // namespace vagram
