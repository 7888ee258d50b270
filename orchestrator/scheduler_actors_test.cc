// What becomes of trials that lose an actor.
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

class SchedulerActorsTest : public SchedulerFixture {
 protected:
  SchedulerActorsTest() { Start(); }

  void KillActor() {
    launcher_.End(Pid("actor.0"), Exit{std::nullopt, SIGKILL});
    scheduler_->Tick();
  }

  // Seconds until there is an actor again, at most 60.
  int SecondsUntilReplaced() {
    int seconds = 0;
    for (; launcher_.running("actor.0").empty() && seconds < 60; ++seconds) Pass(absl::Seconds(1));
    return seconds;
  }
};

TEST_F(SchedulerActorsTest, ReplacesALostActorWithinTheAttempt) {
  const TrialId id = RunningTrial();
  const int64_t lost = Pid("actor.0");
  const int64_t version = scheduler_->Version(1);
  KillActor();
  EXPECT_NE(Pid("actor.0"), lost);
  EXPECT_GT(scheduler_->Version(1), version);
  const v1::Trial trial = Get(id);
  EXPECT_EQ(trial.state(), v1::RUNNING);
  EXPECT_EQ(trial.attempt(), 1);
  EXPECT_EQ(trial.replaced_actors(), 1);
  EXPECT_EQ(store_->GetTrial(id)->trial.replaced_actors(), 1);
  EXPECT_THAT(trial.attempts(), IsEmpty());
  EXPECT_THAT(trial.workers(), SizeIs(3));
  EXPECT_THAT(*store_->Workers(), SizeIs(3));
  const std::vector<WorkerCommand> commands = launcher_.launched();
  ASSERT_THAT(commands, SizeIs(4)) << "the others go on";
  EXPECT_EQ(commands[3].args, commands[2].args);
  EXPECT_EQ(commands[3].log_file, commands[2].log_file);
  EXPECT_OK(scheduler_->Register(RegisterOf(id, 1, v1::ACTOR, "127.0.0.1:10")));
  EXPECT_THAT(scheduler_->Heartbeat(HeartbeatOf(id, 1, v1::ACTOR)), IsOkAndHolds(false));
}

TEST_F(SchedulerActorsTest, SendsNobodyToALostActor) {
  const TrialId id = RunningTrial();
  KillActor();
  v1::ResolveRequest request;
  request.set_trial_id("1/0");
  request.set_attempt(1);
  request.set_role(v1::ACTOR);
  EXPECT_THAT(scheduler_->Resolve(request, absl::ZeroDuration()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_OK(scheduler_->Register(RegisterOf(id, 1, v1::ACTOR, "127.0.0.1:10")));
  EXPECT_THAT(scheduler_->Resolve(request, absl::ZeroDuration()), IsOkAndHolds("127.0.0.1:10"));
}

TEST_F(SchedulerActorsTest, ReplacesAnActorThatFellSilent) {
  const TrialId id = RunningTrial();
  const int64_t silent = Pid("actor.0");
  for (int i = 0; i < 33; ++i) {
    EXPECT_OK(scheduler_->Heartbeat(HeartbeatOf(id, 1, v1::LEARNER)));
    EXPECT_OK(scheduler_->Heartbeat(HeartbeatOf(id, 1, v1::MODEL_SERVER)));
    Pass(absl::Seconds(1));
  }
  EXPECT_NE(Pid("actor.0"), silent);
  EXPECT_EQ(Get(id).attempt(), 1);
  EXPECT_EQ(Get(id).replaced_actors(), 1);
}

TEST_F(SchedulerActorsTest, FailsTheAttemptWhenActorsAreLostInARowWithoutAStepBetweenThem) {
  const TrialId id = RunningTrial(/*restarts=*/3);
  ASSERT_OK(Progress(id, 1, /*step=*/120));
  for (const int pause : {0, 1, 2}) {
    KillActor();
    EXPECT_EQ(SecondsUntilReplaced(), pause);
  }
  const int64_t pid = Pid("actor.0");
  KillActor();
  EXPECT_EQ(Get(id).attempt(), 2);
  EXPECT_EQ(Get(id).reason(),
            absl::StrCat("actor.0 (pid ", pid,
                         ") was killed by SIGKILL, the 4th loss of an actor at step 120"));
  EXPECT_EQ(Get(id).replaced_actors(), 0) << "of the new attempt";
  EXPECT_EQ(Get(id).max_attempts(), 4) << "one of the restarts is used";
}

TEST_F(SchedulerActorsTest, CountsAnewOnceTheLearnerHasComeFurther) {
  const TrialId id = RunningTrial(/*restarts=*/1);
  for (int step = 1; step <= 5; ++step) {
    ASSERT_OK(Progress(id, 1, step));
    Pass(absl::Seconds(1));
    KillActor();
    EXPECT_EQ(SecondsUntilReplaced(), 0);
  }
  EXPECT_EQ(Get(id).replaced_actors(), 5);
  EXPECT_EQ(Get(id).attempt(), 1);
}

TEST_F(SchedulerActorsTest, LaunchesNoMoreThanOneASecondHoweverOftenTheyDie) {
  const TrialId id = RunningTrial();
  ASSERT_OK(Progress(id, 1, 1));
  KillActor();
  ASSERT_OK(Progress(id, 1, 2));
  KillActor();
  EXPECT_THAT(launcher_.running("actor.0"), IsEmpty());
  EXPECT_EQ(SecondsUntilReplaced(), 1);
}

TEST_F(SchedulerActorsTest, DoesNotCountActorsThatSomebodyToldToEnd) {
  const TrialId id = RunningTrial(/*restarts=*/0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Leave(id, 1, v1::ACTOR), IsOkAndHolds(false));
    launcher_.End(Pid("actor.0"), Exit{75, std::nullopt});
    Pass(absl::Seconds(1));
  }
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  EXPECT_EQ(Get(id).replaced_actors(), 3);
  EXPECT_EQ(launcher_.terminations(), 0) << "the others are left alone";
}

TEST_F(SchedulerActorsTest, CountsActorsThatAreLostTogetherAsOne) {
  base_.mutable_resources()->set_actors(5);
  const TrialId id{Submit(1, /*restarts=*/1), 0};
  scheduler_->Tick();
  for (const int64_t pid : launcher_.running()) {
    if (pid > 2) launcher_.End(pid, Exit{std::nullopt, SIGKILL});
  }
  scheduler_->Tick();
  EXPECT_THAT(launcher_.running(), SizeIs(7));
  EXPECT_EQ(Get(id).replaced_actors(), 5);
}

TEST_F(SchedulerActorsTest, TriesAgainWhenAnActorCannotBeStarted) {
  const TrialId id = RunningTrial(/*restarts=*/3);
  launcher_.FailLaunches(absl::UnavailableError("no more processes"));
  KillActor();
  EXPECT_THAT(launcher_.running("actor.0"), IsEmpty());
  launcher_.FailLaunches(absl::OkStatus());
  Pass(absl::Seconds(2));
  EXPECT_THAT(launcher_.running("actor.0"), SizeIs(1));
  EXPECT_EQ(Get(id).attempt(), 1);
  EXPECT_EQ(Get(id).replaced_actors(), 1);
}

TEST_F(SchedulerActorsTest, FailsTheAttemptWhenNoActorCanBeStarted) {
  const TrialId id = RunningTrial(/*restarts=*/2);
  launcher_.FailLaunches(absl::UnavailableError("no more processes"));
  KillActor();
  Pass(absl::Seconds(1));
  EXPECT_EQ(Get(id).attempt(), 2);
  EXPECT_THAT(Get(id).attempts(0).reason(), HasSubstr("could not start actor.0: no more"));
}

TEST_F(SchedulerActorsTest, ReplacesNothingOfAGangThatIsEnded) {
  const TrialId id = RunningTrial();
  launcher_.IgnoreTerminate(true);
  ASSERT_OK(scheduler_->Cancel({1, 0}));
  scheduler_->Tick();
  EXPECT_THAT(launcher_.launched(), SizeIs(3));
  EXPECT_EQ(Get(id).state(), v1::CANCELLED);
}

TEST_F(SchedulerActorsTest, ReplacesActorsThatDiedWhileTheOrchestratorWasAway) {
  const TrialId id = RunningTrial(/*restarts=*/0);
  launcher_.End(Pid("actor.0"), Exit{std::nullopt, SIGKILL});
  Start();
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  EXPECT_EQ(Get(id).attempt(), 1);
  EXPECT_EQ(Get(id).replaced_actors(), 1);
  EXPECT_THAT(launcher_.running(), SizeIs(3));
  RegisterAll(id, 1);
  KillActor();
  EXPECT_EQ(Get(id).state(), v1::FAILED) << "this one counts";
}

TEST_F(SchedulerActorsTest, BeginsAnotherAttemptWhenItDiedWhileItReplacedAnActor) {
  const TrialId id = RunningTrial();
  // What is in the store before the launch; whether that came to be, nobody knows.
  ASSERT_OK(store_->PutWorker({id, 1, v1::ACTOR, 0, /*pid=*/0, "", "", "", "/log"}));
  Start();
  scheduler_->Tick();
  EXPECT_EQ(Get(id).attempt(), 2);
  EXPECT_THAT(Get(id).attempts(0).reason(), HasSubstr("was about to be started"));
  EXPECT_THAT(scheduler_->Heartbeat(HeartbeatOf(id, 1, v1::ACTOR)),
              StatusIs(absl::StatusCode::kAborted));
}

}  // namespace
}  // namespace vagram
