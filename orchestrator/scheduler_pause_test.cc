// What becomes of trials that a user pauses, resumes or preempts.
#include <SQLiteCpp/Database.h>

#include <csignal>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/scheduler.h"
#include "orchestrator/scheduler_fixture.h"
#include "orchestrator/trial_state.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr ExperimentOrTrial kFirst = {1, 0};

// Processes stay when they are told to end, as those do that save a checkpoint.
class SchedulerPauseTest : public SchedulerFixture {
 protected:
  SchedulerPauseTest() {
    base_.mutable_checkpoint()->set_every_epochs(1);
    launcher_.IgnoreTerminate(true);
    Start();
  }

  // The learner has saved its checkpoint; the others follow when they are told again.
  void EndLeavingGang() {
    EndLearner();
    EndOthers();
  }

  void EndLearner() {
    launcher_.End(Pid("learner.0"), Exit{75, std::nullopt});
    scheduler_->Tick();
  }

  void EndOthers() {
    for (const int64_t pid : launcher_.running()) launcher_.End(pid, Exit{143, std::nullopt});
    scheduler_->Tick();
  }

  // From now on the store refuses changes of the trial of that index.
  void RefuseChangesOf(int64_t index) {
    SQLite::Database(home_ + "/vagram.db", SQLite::OPEN_READWRITE)
        .exec(absl::StrCat("CREATE TRIGGER refuse BEFORE UPDATE ON trials WHEN old.idx = ", index,
                           " BEGIN SELECT RAISE(ABORT, 'refused'); END"));
  }

  void RefuseNothing() {
    SQLite::Database(home_ + "/vagram.db", SQLite::OPEN_READWRITE).exec("DROP TRIGGER refuse");
  }

  v1::ReportMetricsRequest Report(const TrialId& id, int64_t attempt) {
    v1::ReportMetricsRequest request;
    request.set_trial_id(id.ToString());
    request.set_attempt(attempt);
    request.add_rows();
    return request;
  }
};

TEST_F(SchedulerPauseTest, PausesAQueuedTrialAtOnce) {
  const TrialId id{Submit(1), 0};
  ASSERT_OK(scheduler_->Pause(kFirst));
  ASSERT_OK(scheduler_->Pause(kFirst)) << "a repeat";
  EXPECT_EQ(Get(id).state(), v1::PAUSED);
  EXPECT_EQ(Get(id).reason(), "paused by a user");
  EXPECT_EQ(StateOf(*store_->GetExperiment(1)), v1::EXPERIMENT_PAUSED);
  Pass(absl::Seconds(10));
  EXPECT_THAT(launcher_.launched(), IsEmpty());
  ASSERT_OK(scheduler_->Resume(kFirst));
  ASSERT_OK(scheduler_->Resume(kFirst)) << "a repeat";
  EXPECT_EQ(Get(id).state(), v1::QUEUED);
  EXPECT_THAT(Get(id).reason(), HasSubstr("waits for a slot"));
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::STARTING);
  EXPECT_EQ(Get(id).attempt(), 1) << "it had not run";
}

TEST_F(SchedulerPauseTest, LetsARunningTrialSaveACheckpointBeforeItRests) {
  const TrialId id = RunningTrial();
  ASSERT_OK(Progress(id, 1, 500));
  ASSERT_OK(scheduler_->Pause(kFirst));
  ASSERT_OK(scheduler_->Pause(kFirst)) << "a repeat tells nobody again";
  EXPECT_EQ(store_->GetTrial(id)->trial.state(), v1::PAUSED) << "whatever becomes of this process";
  EXPECT_EQ(Get(id).state(), v1::PAUSED);
  EXPECT_EQ(Get(id).reason(), "saving a checkpoint, then paused");
  EXPECT_THAT(Get(id).workers(), SizeIs(3));
  EXPECT_EQ(scheduler_->used_slots(), 1);
  for (const int64_t pid : {1, 2, 3}) EXPECT_EQ(launcher_.terminations(pid), 1);

  // Its workers are answered until they are gone.
  EXPECT_THAT(Leave(id, 1, v1::LEARNER), IsOkAndHolds(false));
  EXPECT_THAT(Leave(id, 1, v1::MODEL_SERVER), IsOkAndHolds(false));
  EXPECT_THAT(scheduler_->ReportMetrics(Report(id, 1)), IsOkAndHolds(1));
  EXPECT_OK(scheduler_->Register(RegisterOf(id, 1, v1::LEARNER)));
  v1::ReportPolicyRequest policy;
  policy.set_trial_id("1/0");
  policy.set_attempt(1);
  EXPECT_OK(scheduler_->ReportPolicy(policy));
  EndLearner();
  EXPECT_THAT(Leave(id, 1, v1::MODEL_SERVER), IsOkAndHolds(true)) << "nobody needs it now";
  EndOthers();

  EXPECT_EQ(Get(id).state(), v1::PAUSED);
  EXPECT_EQ(Get(id).reason(), "paused by a user");
  EXPECT_EQ(Get(id).progress().step(), 500);
  EXPECT_THAT(Get(id).workers(), IsEmpty());
  EXPECT_THAT(*store_->Workers(), IsEmpty());
  ASSERT_THAT(Get(id).attempts(), SizeIs(1));
  EXPECT_EQ(Get(id).attempts(0).reason(), "paused by a user");
  EXPECT_THAT(Leave(id, 1, v1::LEARNER), StatusIs(absl::StatusCode::kAborted));
  Pass(absl::Seconds(10));
  EXPECT_THAT(launcher_.launched(), SizeIs(3)) << "it rests";

  ASSERT_OK(scheduler_->Resume(kFirst));
  EXPECT_FALSE(Get(id).has_progress());
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::STARTING);
  EXPECT_EQ(Get(id).attempt(), 2);
  EXPECT_EQ(Get(id).max_attempts(), 5) << "all restarts are left";
}

TEST_F(SchedulerPauseTest, KeepsAPausedTrialPausedWhenTheOrchestratorIsKilled) {
  const TrialId id = RunningTrial();
  ASSERT_OK(scheduler_->Pause(kFirst));
  Start();
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::PAUSED);
  EXPECT_EQ(Get(id).reason(), "saving a checkpoint, then paused");
  EXPECT_THAT(Leave(id, 1, v1::LEARNER), IsOkAndHolds(false)) << "it goes on saving";
  EXPECT_EQ(launcher_.terminations(Pid("learner.0")), 1) << "a second signal would end it at once";
  EndLeavingGang();
  ASSERT_THAT(Get(id).attempts(), SizeIs(1));
  Start();
  Pass(absl::Seconds(10));
  EXPECT_EQ(Get(id).state(), v1::PAUSED);
  EXPECT_THAT(launcher_.launched(), SizeIs(3));
  ASSERT_OK(scheduler_->Resume(kFirst));
  EXPECT_EQ(Get(id).attempt(), 2);
}

TEST_F(SchedulerPauseTest, TellsProcessesThatThePredecessorMayNotHaveTold) {
  const TrialId id = RunningTrial();
  // The pause is stored and the orchestrator killed before it has told anybody.
  TrialRecord paused = *store_->GetTrial(id);
  paused.trial.set_state(v1::PAUSED);
  ASSERT_OK(store_->UpdateTrial(paused, nullptr));
  Start();
  Pass(absl::Seconds(19));
  EXPECT_EQ(launcher_.terminations(), 0);
  Pass(absl::Seconds(2));
  EXPECT_EQ(launcher_.terminations(), 3);
  Pass(absl::Seconds(12));
  EXPECT_THAT(launcher_.running(), IsEmpty());
  EXPECT_EQ(Get(id).state(), v1::PAUSED);
}

TEST_F(SchedulerPauseTest, QueuesATrialThatIsResumedWhileItSavesOnceItsProcessesAreGone) {
  const TrialId id = RunningTrial();
  ASSERT_OK(scheduler_->Pause(kFirst));
  ASSERT_OK(scheduler_->Resume(kFirst));
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  EXPECT_EQ(Get(id).reason(), "saving a checkpoint, then queued: paused by a user and resumed");
  EXPECT_THAT(Leave(id, 1, v1::LEARNER), IsOkAndHolds(false)) << "what it saves is wanted";
  EndLeavingGang();
  EXPECT_EQ(Get(id).state(), v1::QUEUED);
  EXPECT_EQ(Get(id).attempt(), 2);
  EXPECT_EQ(Get(id).max_attempts(), 5);
  Pass(absl::Seconds(1));
  EXPECT_EQ(Get(id).state(), v1::STARTING);
}

TEST_F(SchedulerPauseTest, QueuesItAlsoWhenTheOrchestratorIsKilledMeanwhile) {
  const TrialId id = RunningTrial();
  ASSERT_OK(scheduler_->Pause(kFirst));
  ASSERT_OK(scheduler_->Resume(kFirst));
  Start();
  EXPECT_THAT(Leave(id, 1, v1::LEARNER), IsOkAndHolds(false));
  EndLeavingGang();
  Pass(absl::Seconds(1));
  EXPECT_EQ(Get(id).state(), v1::STARTING);
  EXPECT_EQ(Get(id).attempt(), 2);
}

TEST_F(SchedulerPauseTest, TakesATrialThatFinishesWhileItIsPausedForASuccess) {
  const TrialId id = RunningTrial();
  ASSERT_OK(scheduler_->Pause(kFirst));
  ASSERT_OK(Finish(id, 1, true));
  EXPECT_EQ(Get(id).state(), v1::SUCCEEDED);
  EXPECT_EQ(Get(id).reason(), "");
  EXPECT_THAT(Leave(id, 1, v1::ACTOR), IsOkAndHolds(true));
  EndLeavingGang();
  EXPECT_THAT(Get(id).attempts(), IsEmpty());
  ASSERT_OK(scheduler_->Resume(kFirst));
  EXPECT_EQ(Get(id).state(), v1::SUCCEEDED);
}

TEST_F(SchedulerPauseTest, PausesAndResumesAllTrialsOrNone) {
  Submit(4);
  scheduler_->Tick();
  RegisterAll({1, 0}, 1);
  const auto is_refused = StatusIs(absl::StatusCode::kInternal, HasSubstr("refused"));
  RefuseChangesOf(3);
  EXPECT_THAT(scheduler_->Pause({1, std::nullopt}), is_refused);
  EXPECT_EQ(launcher_.terminations(), 0);
  for (int index = 0; index < 4; ++index) {
    EXPECT_NE(Get({1, index}).state(), v1::PAUSED) << index;
    EXPECT_NE(store_->GetTrial({1, index})->trial.state(), v1::PAUSED) << index;
  }
  RefuseNothing();
  ASSERT_OK(scheduler_->Pause({1, std::nullopt}));
  EXPECT_EQ(launcher_.terminations(), 6) << "of both that were launched";
  RefuseChangesOf(3);
  EXPECT_THAT(scheduler_->Resume({1, std::nullopt}), is_refused);
  for (int index = 0; index < 4; ++index) {
    EXPECT_EQ(Get({1, index}).state(), v1::PAUSED) << index;
    EXPECT_EQ(store_->GetTrial({1, index})->trial.state(), v1::PAUSED) << index;
  }
  RefuseNothing();
  ASSERT_OK(scheduler_->Resume({1, std::nullopt}));
  EXPECT_EQ(Get({1, 0}).state(), v1::RUNNING) << "until it has saved";
  EXPECT_EQ(Get({1, 3}).state(), v1::QUEUED);
}

TEST_F(SchedulerPauseTest, ResumesAllFailedTrialsOrNone) {
  launcher_.IgnoreTerminate(false);
  Submit(2);
  scheduler_->Tick();
  for (const TrialId& id : {TrialId{1, 0}, TrialId{1, 1}}) {
    RegisterAll(id, 1);
    ASSERT_OK(Finish(id, 1, false, "out of luck"));
  }
  Pass(absl::Seconds(12));
  RefuseChangesOf(1);
  EXPECT_THAT(scheduler_->Resume({1, std::nullopt}), StatusIs(absl::StatusCode::kInternal));
  for (const TrialId& id : {TrialId{1, 0}, TrialId{1, 1}}) {
    EXPECT_FALSE(scheduler_->Find(id).has_value());
    EXPECT_EQ(store_->GetTrial(id)->trial.state(), v1::FAILED);
  }
  RefuseNothing();
  ASSERT_OK(scheduler_->Resume({1, std::nullopt}));
  for (const TrialId& id : {TrialId{1, 0}, TrialId{1, 1}}) {
    EXPECT_EQ(Get(id).state(), v1::QUEUED);
    EXPECT_EQ(store_->GetTrial(id)->trial.state(), v1::QUEUED);
  }
}

TEST_F(SchedulerPauseTest, CancelsPausedTrials) {
  Submit(2);
  scheduler_->Tick();
  RegisterAll({1, 0}, 1);
  ASSERT_OK(scheduler_->Pause({1, std::nullopt}));
  ASSERT_OK(scheduler_->Cancel({1, 0}));
  EXPECT_EQ(Get({1, 0}).state(), v1::CANCELLED);
  EXPECT_THAT(Get({1, 0}).attempts(), SizeIs(1)) << "it ran until then";
  Pass(absl::Seconds(32));
  EXPECT_THAT(launcher_.running(), IsEmpty());
  EXPECT_EQ(Get({1, 1}).state(), v1::PAUSED);
  ASSERT_OK(scheduler_->Cancel({1, std::nullopt}));
  EXPECT_EQ(Get({1, 1}).state(), v1::CANCELLED);
  EXPECT_TRUE(store_->GetExperiment(1)->has_ended_at());
  ASSERT_OK(scheduler_->Resume({1, std::nullopt}));
  EXPECT_EQ(Get({1, 1}).state(), v1::CANCELLED);
}

TEST_F(SchedulerPauseTest, ResumesAFailedTrialWithAllItsRestarts) {
  launcher_.IgnoreTerminate(false);
  Submit(2, /*restarts=*/1);
  scheduler_->Tick();
  for (const TrialId& id : {TrialId{1, 0}, TrialId{1, 1}}) {
    RegisterAll(id, 1);
    ASSERT_OK(Finish(id, 1, id.index == 0, "out of luck"));
  }
  Pass(absl::Seconds(12));
  ASSERT_TRUE(store_->GetExperiment(1)->has_ended_at());
  EXPECT_FALSE(scheduler_->Find({1, 1}).has_value());
  for (int i = 0; i < 2; ++i) ASSERT_OK(scheduler_->Resume({1, std::nullopt}));
  EXPECT_FALSE(store_->GetExperiment(1)->has_ended_at());
  EXPECT_EQ(Get({1, 0}).state(), v1::SUCCEEDED);
  EXPECT_EQ(Get({1, 1}).state(), v1::QUEUED);
  EXPECT_FALSE(Get({1, 1}).has_ended_at());
  scheduler_->Tick();
  EXPECT_EQ(Get({1, 1}).state(), v1::STARTING);
  EXPECT_EQ(Get({1, 1}).attempt(), 2);
  EXPECT_EQ(Get({1, 1}).max_attempts(), 3);
  RegisterAll({1, 1}, 2);
  ASSERT_OK(Finish({1, 1}, 2, true));
  EXPECT_TRUE(store_->GetExperiment(1)->has_ended_at());
}

TEST_F(SchedulerPauseTest, ResumesAFailedTrialOnceItsProcessesAreGone) {
  const TrialId id = RunningTrial(/*restarts=*/0);
  launcher_.End(Pid("learner.0"), Exit{1, std::nullopt});
  scheduler_->Tick();
  ASSERT_EQ(Get(id).state(), v1::FAILED);
  ASSERT_OK(scheduler_->Resume(kFirst));
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::QUEUED);
  EXPECT_EQ(Get(id).reason(), "waits until its processes are gone");
  EXPECT_THAT(Leave(id, 1, v1::MODEL_SERVER), StatusIs(absl::StatusCode::kAborted));
  Pass(absl::Seconds(12));
  EXPECT_EQ(Get(id).state(), v1::STARTING);
  EXPECT_EQ(Get(id).attempt(), 2);
}

TEST_F(SchedulerPauseTest, PreemptsRunningTrialsAndQueuesThemAgain) {
  Submit(3, /*restarts=*/0);
  scheduler_->Tick();
  RegisterAll({1, 0}, 1);
  ASSERT_OK(scheduler_->Preempt({1, std::nullopt}));
  ASSERT_OK(scheduler_->Preempt({1, std::nullopt})) << "a repeat tells nobody again";
  EXPECT_EQ(launcher_.terminations(), 6);
  EXPECT_EQ(Get({1, 0}).state(), v1::RUNNING);
  EXPECT_EQ(Get({1, 0}).reason(), "saving a checkpoint, then queued: preempted by a user");
  EXPECT_EQ(Get({1, 1}).state(), v1::STARTING);
  EXPECT_EQ(Get({1, 2}).state(), v1::QUEUED);
  for (const int64_t pid : launcher_.running()) launcher_.End(pid, Exit{75, std::nullopt});
  scheduler_->Tick();
  EXPECT_EQ(Get({1, 0}).state(), v1::QUEUED);
  EXPECT_EQ(Get({1, 0}).reason(), "preempted by a user");
  EXPECT_EQ(Get({1, 2}).state(), v1::STARTING) << "whose turn it is now";
  Pass(absl::Seconds(2));
  EXPECT_EQ(Get({1, 0}).state(), v1::STARTING);
  EXPECT_EQ(Get({1, 0}).attempt(), 2);
  EXPECT_EQ(Get({1, 0}).max_attempts(), 2) << "it does not count";
}

TEST_F(SchedulerPauseTest, PausesATrialThatIsBeingPreempted) {
  const TrialId id = RunningTrial();
  ASSERT_OK(scheduler_->Preempt(kFirst));
  ASSERT_OK(scheduler_->Pause(kFirst));
  EXPECT_EQ(launcher_.terminations(), 3);
  EndLeavingGang();
  Pass(absl::Seconds(5));
  EXPECT_EQ(Get(id).state(), v1::PAUSED);
  EXPECT_EQ(Get(id).reason(), "paused by a user");
}

TEST_F(SchedulerPauseTest, SaysWhatDoesNotExist) {
  Submit(1);
  for (const auto method : {&Scheduler::Pause, &Scheduler::Resume, &Scheduler::Preempt}) {
    EXPECT_THAT(((*scheduler_).*method)({1, 7}),
                StatusIs(absl::StatusCode::kNotFound, HasSubstr("1/7")));
    EXPECT_THAT(((*scheduler_).*method)({4, std::nullopt}), StatusIs(absl::StatusCode::kNotFound));
  }
}

}  // namespace
}  // namespace vagram
