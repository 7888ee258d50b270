// What becomes of trials whose workers are told to end, by others or because the service stops.
#include <csignal>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/scheduler.h"
#include "orchestrator/scheduler_fixture.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Processes stay when they are told to end, as those do that save a checkpoint.
class SchedulerPreemptionTest : public SchedulerFixture {
 protected:
  SchedulerPreemptionTest() {
    base_.mutable_checkpoint()->set_every_epochs(1);
    launcher_.IgnoreTerminate(true);
    Start();
  }

  void EndLeavingGang() {
    launcher_.End(Pid("learner.0"), Exit{75, std::nullopt});
    scheduler_->Tick();
    for (const int64_t pid : launcher_.running()) launcher_.End(pid, Exit{143, std::nullopt});
    scheduler_->Tick();
  }
};

TEST_F(SchedulerPreemptionTest, TellsWorkersTheirGrace) {
  options_.preempt_grace = absl::Seconds(7);
  Start();
  const TrialId id{Submit(1), 0};
  scheduler_->Tick();
  EXPECT_EQ(scheduler_->Register(RegisterOf(id, 1, v1::LEARNER))->grace_seconds(), 7);
}

TEST_F(SchedulerPreemptionTest, PreemptsTheGangWhenItsModelServerIsToldToEnd) {
  const TrialId id = RunningTrial(/*restarts=*/0);
  EXPECT_THAT(Leave(id, 1, v1::MODEL_SERVER), IsOkAndHolds(false));
  scheduler_->Tick();
  EXPECT_EQ(launcher_.terminations(), 0) << "the others may have been told as well";
  Pass(absl::Seconds(2));
  EXPECT_EQ(launcher_.terminations(Pid("learner.0")), 1);
  EXPECT_EQ(launcher_.terminations(Pid("model_server.0")), 0) << "a second would end it at once";
  EXPECT_EQ(Get(id).reason(),
            "saving a checkpoint, then queued: preempted: model_server.0 was told to end");
  EXPECT_THAT(Leave(id, 1, v1::LEARNER), IsOkAndHolds(false));
  EndLeavingGang();
  EXPECT_EQ(Get(id).state(), v1::QUEUED);
  EXPECT_EQ(Get(id).attempts(0).reason(), "preempted: model_server.0 was told to end");
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::QUEUED) << "no hurry, should it happen over and over";
  Pass(absl::Seconds(1));
  EXPECT_EQ(Get(id).state(), v1::STARTING);
  EXPECT_EQ(Get(id).attempt(), 2);
  EXPECT_EQ(Get(id).max_attempts(), 2) << "it does not count";
}

TEST_F(SchedulerPreemptionTest, TellsNobodyASecondTimeWhenAllAreToldTogether) {
  const TrialId id = RunningTrial();
  for (const v1::Role role : {v1::LEARNER, v1::ACTOR, v1::MODEL_SERVER}) {
    EXPECT_THAT(Leave(id, 1, role), IsOkAndHolds(false));
  }
  launcher_.End(Pid("actor.0"), Exit{75, std::nullopt});
  Pass(absl::Seconds(5));
  EXPECT_EQ(launcher_.terminations(), 0);
  EXPECT_THAT(launcher_.running("actor.0"), IsEmpty()) << "it is not replaced";
  EndLeavingGang();
  EXPECT_EQ(Get(id).reason(), "preempted: learner.0 was told to end");
  EXPECT_EQ(Get(id).replaced_actors(), 0);
}

TEST_F(SchedulerPreemptionTest, GivesWorkersTimeToFindTheNextOrchestratorBeforeItTellsThem) {
  const TrialId id = RunningTrial();
  scheduler_->Stop();
  ASSERT_EQ(launcher_.terminations(), 3);
  Start();
  EXPECT_THAT(Leave(id, 1, v1::MODEL_SERVER), IsOkAndHolds(false));
  Pass(absl::Seconds(10));
  EXPECT_EQ(launcher_.terminations(), 3);
  EXPECT_THAT(Leave(id, 1, v1::LEARNER), IsOkAndHolds(false));
  EndLeavingGang();
  Pass(absl::Seconds(1));
  EXPECT_EQ(Get(id).attempt(), 2);
}

TEST_F(SchedulerPreemptionTest, QueuesATrialWhoseWorkersLeftWhileNobodyListened) {
  launcher_.IgnoreTerminate(false);
  const TrialId id = RunningTrial(/*restarts=*/0);
  const int64_t pid = Pid("learner.0");
  launcher_.End(pid, Exit{75, std::nullopt});
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::QUEUED);
  EXPECT_EQ(Get(id).reason(), absl::StrCat("preempted: learner.0 (pid ", pid, ") was told to end"));
  EXPECT_THAT(launcher_.running(), IsEmpty());
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::QUEUED);
  Pass(absl::Seconds(1));
  EXPECT_EQ(Get(id).attempt(), 2);
  EXPECT_EQ(Get(id).state(), v1::STARTING);
}

TEST_F(SchedulerPreemptionTest, KillsWhoeverStaysLongerThanItsGrace) {
  const TrialId id = RunningTrial();
  ASSERT_OK(scheduler_->Preempt({1, 0}));
  Pass(absl::Seconds(29));
  EXPECT_THAT(launcher_.running(), SizeIs(3));
  Pass(absl::Seconds(2));
  EXPECT_EQ(Get(id).state(), v1::QUEUED);
  EXPECT_THAT(launcher_.running(), IsEmpty());
}

TEST_F(SchedulerPreemptionTest, LetsTrialsSaveCheckpointsBeforeTheServiceStops) {
  Submit(3, /*restarts=*/0);
  scheduler_->Tick();
  RegisterAll({1, 0}, 1);
  RegisterAll({1, 1}, 1);
  ASSERT_OK(Finish({1, 1}, 1, true));
  scheduler_->Stop();
  scheduler_->Tick();
  EXPECT_FALSE(scheduler_->Idle());
  EXPECT_EQ(Get({1, 0}).state(), v1::RUNNING);
  EXPECT_EQ(Get({1, 0}).reason(), "saving a checkpoint, then queued: the service was stopped");
  EXPECT_THAT(Leave({1, 0}, 1, v1::LEARNER), IsOkAndHolds(false));
  EXPECT_THAT(Leave({1, 1}, 1, v1::LEARNER), IsOkAndHolds(true)) << "its trial has ended";
  for (const int64_t pid : launcher_.running()) {
    EXPECT_EQ(launcher_.terminations(pid), 1) << pid;
    launcher_.End(pid, Exit{75, std::nullopt});
  }
  scheduler_->Tick();
  EXPECT_TRUE(scheduler_->Idle());
  EXPECT_EQ(store_->GetTrial({1, 0})->trial.state(), v1::QUEUED);
  EXPECT_EQ(store_->GetTrial({1, 0})->trial.reason(), "the service was stopped");
  EXPECT_EQ(store_->GetTrial({1, 0})->failures, 0);
  EXPECT_EQ(store_->GetTrial({1, 1})->trial.state(), v1::SUCCEEDED);
  EXPECT_EQ(store_->GetTrial({1, 2})->trial.state(), v1::QUEUED);
  EXPECT_THAT(launcher_.launched(), SizeIs(6)) << "nothing is started meanwhile";
}

TEST_F(SchedulerPreemptionTest, StopsWithATrialThatIsPausedMeanwhile) {
  const TrialId id = RunningTrial();
  scheduler_->Stop();
  ASSERT_OK(scheduler_->Pause({1, 0}));
  EndLeavingGang();
  EXPECT_TRUE(scheduler_->Idle());
  Start();
  Pass(absl::Seconds(5));
  EXPECT_EQ(Get(id).state(), v1::PAUSED);
}

TEST_F(SchedulerPreemptionTest, QueuesTheTrialWhenTheServiceIsKilledWhileItStops) {
  const TrialId id = RunningTrial(/*restarts=*/0);
  scheduler_->Stop();
  launcher_.End(Pid("learner.0"), Exit{75, std::nullopt});
  Start();
  EXPECT_EQ(Get(id).state(), v1::QUEUED);
  EXPECT_THAT(Get(id).attempts(0).reason(), HasSubstr("the orchestrator restarted"));
}

}  // namespace
}  // namespace vagram
