#include "orchestrator/scheduler.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/scheduler_fixture.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SchedulerTest : public SchedulerFixture {
 protected:
  SchedulerTest() { Start(); }
};

TEST_F(SchedulerTest, LaunchesAGangTogether) {
  Submit(1);
  scheduler_->Tick();
  const std::vector<WorkerCommand> commands = launcher_.launched();
  ASSERT_THAT(commands, SizeIs(3));
  EXPECT_THAT(
      commands[0].args,
      ElementsAre("/bin_dir/learner/learner", "--orchestrator=127.0.0.1:7",
                  "--token_file=" + home_ + "/token", "--trial=1/0", "--attempt=1", "--index=0"));
  EXPECT_EQ(commands[0].environment.at("OMP_NUM_THREADS"), "2");
  EXPECT_EQ(commands[0].environment.at("OPENBLAS_NUM_THREADS"), "2");
  EXPECT_EQ(commands[0].log_file, home_ + "/experiments/1/0/logs/learner.0.log");
  EXPECT_EQ(commands[1].args[0], "/bin_dir/model_server/model_server");
  EXPECT_EQ(commands[2].args[0], "/bin_dir/actor/actor");
  EXPECT_TRUE(std::filesystem::exists(home_ + "/experiments/1/0/config.yaml"));
}

TEST_F(SchedulerTest, LaunchesNoModelServerForModelFreeTrials) {
  Submit(1, 3, 1, "sac");
  scheduler_->Tick();
  EXPECT_THAT(launcher_.running(), SizeIs(2));
  EXPECT_THAT(launcher_.running("model_server.0"), IsEmpty());
}

TEST_F(SchedulerTest, RunsOnceAllWorkersHaveRegistered) {
  const TrialId id{Submit(1), 0};
  EXPECT_EQ(Get(id).state(), v1::QUEUED);
  EXPECT_THAT(Get(id).reason(), HasSubstr("waits for a slot"));
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::STARTING);
  RegisterAll(id, 1);
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  EXPECT_THAT(Get(id).workers(), SizeIs(3));
  EXPECT_EQ(store_->GetTrial(id)->trial.state(), v1::RUNNING);
}

TEST_F(SchedulerTest, StartsTrialsInOrderOfSubmissionWithinItsSlots) {
  Submit(3);
  scheduler_->Tick();
  EXPECT_EQ(Get({1, 0}).state(), v1::STARTING);
  EXPECT_EQ(Get({1, 1}).state(), v1::STARTING);
  EXPECT_EQ(Get({1, 2}).state(), v1::QUEUED);
  EXPECT_EQ(scheduler_->used_slots(), 2);
  ASSERT_OK(Finish({1, 0}, 1, true));
  scheduler_->Tick();
  EXPECT_EQ(Get({1, 2}).state(), v1::QUEUED) << "its predecessor's processes still run";
  Pass(absl::Seconds(12));
  EXPECT_EQ(Get({1, 2}).state(), v1::STARTING);
}

TEST_F(SchedulerTest, LetsNoLaterTrialOvertakeOneThatNeedsMoreSlots) {
  Submit(1);
  Submit(1, 3, /*slots=*/2);
  Submit(1);
  scheduler_->Tick();
  EXPECT_EQ(Get({2, 0}).state(), v1::QUEUED);
  EXPECT_EQ(Get({3, 0}).state(), v1::QUEUED);
}

TEST_F(SchedulerTest, FailsATrialThatNeedsMoreSlotsThanThereAre) {
  Submit(1, 3, /*slots=*/5);
  Submit(1);
  scheduler_->Tick();
  EXPECT_EQ(Get({1, 0}).state(), v1::FAILED);
  EXPECT_THAT(Get({1, 0}).reason(), HasSubstr("needs 5 slots, the service has 2"));
  EXPECT_EQ(Get({2, 0}).state(), v1::STARTING);
}

TEST_F(SchedulerTest, EndsTheWholeGangWhenOneWorkerIsKilled) {
  const TrialId id = RunningTrial();
  const int64_t pid = Pid("model_server.0");
  launcher_.End(Pid("learner.0"), Exit{1, std::nullopt});  // which its death brings down
  launcher_.End(pid, Exit{std::nullopt, SIGKILL});
  scheduler_->Tick();
  EXPECT_THAT(launcher_.running(), IsEmpty());
  const v1::Trial trial = Get(id);
  EXPECT_EQ(trial.state(), v1::QUEUED);
  EXPECT_EQ(trial.attempt(), 2);
  EXPECT_EQ(trial.max_attempts(), 4);
  EXPECT_EQ(trial.reason(), absl::StrCat("model_server.0 (pid ", pid, ") was killed by SIGKILL"));
  ASSERT_THAT(trial.attempts(), SizeIs(1));
  EXPECT_EQ(trial.attempts(0).reason(), trial.reason());
}

TEST_F(SchedulerTest, NamesTheExitCodeAndTheLastLineOfTheLog) {
  const TrialId id = RunningTrial();
  std::ofstream(home_ + "/experiments/1/0/logs/learner.0.log") << "fine\ncannot \xff go on\n\n";
  launcher_.End(Pid("learner.0"), Exit{1, std::nullopt});
  scheduler_->Tick();
  EXPECT_THAT(Get(id).reason(), HasSubstr("exited with 1 before the trial's end: cannot ? go on"));
}

TEST_F(SchedulerTest, RestartsAfterGrowingPausesUntilTheBudgetIsSpent) {
  const TrialId id = RunningTrial(/*restarts=*/2);
  for (const int pause : {1, 2}) {
    launcher_.End(Pid("learner.0"), Exit{7, std::nullopt});
    scheduler_->Tick();
    EXPECT_EQ(Get(id).state(), v1::QUEUED);
    Pass(absl::Seconds(pause - 1));
    scheduler_->Tick();
    EXPECT_EQ(Get(id).state(), v1::QUEUED) << "pause of " << pause;
    Pass(absl::Seconds(1));
    EXPECT_EQ(Get(id).state(), v1::STARTING) << "pause of " << pause;
  }
  EXPECT_EQ(Get(id).attempt(), 3);
  EXPECT_EQ(Get(id).max_attempts(), 3);
  launcher_.End(Pid("learner.0"), Exit{7, std::nullopt});
  Pass(absl::Seconds(2));
  EXPECT_EQ(Get(id).state(), v1::FAILED);
  EXPECT_THAT(Get(id).reason(), HasSubstr("exited with 7"));
  EXPECT_THAT(Get(id).reason(), HasSubstr("all 2 restarts are used up"));
  EXPECT_THAT(Get(id).attempts(), SizeIs(3));
  EXPECT_TRUE(store_->GetExperiment(1)->has_ended_at());
}

TEST_F(SchedulerTest, EndsTheAttemptWhenAWorkerMissesItsLease) {
  const TrialId id = RunningTrial();
  for (int i = 0; i < 31; ++i) {
    Pass(absl::Seconds(1));
    if (Get(id).attempt() == 2) break;
    EXPECT_OK(scheduler_->Heartbeat(HeartbeatOf(id, 1, v1::LEARNER)));
    EXPECT_OK(scheduler_->Heartbeat(HeartbeatOf(id, 1, v1::ACTOR)));
  }
  EXPECT_THAT(Get(id).attempts(0).reason(), HasSubstr("model_server.0"));
  EXPECT_THAT(Get(id).attempts(0).reason(), HasSubstr("no heartbeat for 31s"));
}

TEST_F(SchedulerTest, DoesNotBlameWorkersForTimeInWhichItDidNotRunItself) {
  const TrialId id = RunningTrial();
  clock_.Advance(absl::Hours(1));  // suspended
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  Pass(absl::Seconds(31));
  EXPECT_EQ(Get(id).attempt(), 2);
}

TEST_F(SchedulerTest, KillsWorkersThatIgnoreTerminateAndStartsTheNextGangOnlyThen) {
  launcher_.IgnoreTerminate(true);
  const TrialId id = RunningTrial();
  launcher_.End(Pid("learner.0"), Exit{1, std::nullopt});
  scheduler_->Tick();
  Pass(absl::Seconds(9));
  EXPECT_THAT(launcher_.running(), SizeIs(2));
  EXPECT_EQ(Get(id).state(), v1::QUEUED);
  Pass(absl::Seconds(2));
  EXPECT_EQ(Get(id).state(), v1::STARTING);
  EXPECT_THAT(launcher_.running(), SizeIs(3)) << "none of the first attempt";
}

TEST_F(SchedulerTest, TellsWorkersOfAFinishedTrialToStopAndGivesThemTime) {
  const TrialId id = RunningTrial();
  ASSERT_OK(Finish(id, 1, true));
  EXPECT_EQ(Get(id).state(), v1::SUCCEEDED);
  EXPECT_EQ(store_->GetTrial(id)->trial.state(), v1::SUCCEEDED);
  EXPECT_THAT(scheduler_->Heartbeat(HeartbeatOf(id, 1, v1::ACTOR)), IsOkAndHolds(true));
  launcher_.End(Pid("learner.0"), Exit{0, std::nullopt});
  Pass(absl::Seconds(9));
  EXPECT_EQ(launcher_.terminations(), 0);
  EXPECT_THAT(launcher_.running(), SizeIs(2));
  Pass(absl::Seconds(2));
  EXPECT_THAT(launcher_.running(), IsEmpty());
  EXPECT_THAT(Get(id).attempts(), IsEmpty());
  EXPECT_THAT(*store_->Workers(), IsEmpty());
}

TEST_F(SchedulerTest, WaitsForTheLearnersWordWhenAPeerIsDoneFirst) {
  const TrialId id = RunningTrial();
  launcher_.End(Pid("model_server.0"), Exit{0, std::nullopt});
  Pass(absl::Seconds(3));
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  Pass(absl::Seconds(3));
  EXPECT_EQ(Get(id).attempt(), 2);
  EXPECT_THAT(Get(id).attempts(0).reason(),
              HasSubstr("model_server.0 (pid 2) exited with 0 before"));
}

TEST_F(SchedulerTest, FailsATrialForGoodWhenItsLearnerSaysSo) {
  const TrialId id = RunningTrial();
  ASSERT_OK(Finish(id, 1, false, "unknown task Hoper"));
  Pass(absl::Seconds(12));
  EXPECT_EQ(Get(id).state(), v1::FAILED);
  EXPECT_EQ(Get(id).reason(), "unknown task Hoper");
  EXPECT_THAT(launcher_.launched(), SizeIs(3)) << "no restart";
}

TEST_F(SchedulerTest, AnswersARepeatedLastWordAlikeEvenLater) {
  const TrialId id = RunningTrial();
  ASSERT_OK(Finish(id, 1, true));
  EXPECT_OK(Finish(id, 1, true));
  Pass(absl::Seconds(12));
  EXPECT_OK(Finish(id, 1, true));
  EXPECT_THAT(Finish(id, 1, false), StatusIs(absl::StatusCode::kAborted));
}

TEST_F(SchedulerTest, FencesOffWorkersOfAnotherAttempt) {
  const TrialId id = RunningTrial();
  launcher_.End(Pid("learner.0"), Exit{1, std::nullopt});
  scheduler_->Tick();
  Pass(absl::Seconds(2));
  ASSERT_EQ(Get(id).attempt(), 2);
  const auto is_fenced =
      StatusIs(absl::StatusCode::kAborted, HasSubstr("attempt 1 of trial 1/0 is over"));
  EXPECT_THAT(scheduler_->Register(RegisterOf(id, 1, v1::LEARNER)), is_fenced);
  EXPECT_THAT(scheduler_->Heartbeat(HeartbeatOf(id, 1, v1::LEARNER)), is_fenced);
  EXPECT_THAT(Finish(id, 1, true), is_fenced);
  v1::ReportMetricsRequest report;
  report.set_trial_id("1/0");
  report.set_attempt(1);
  EXPECT_THAT(scheduler_->ReportMetrics(report), is_fenced);
  v1::ResolveRequest resolve;
  resolve.set_trial_id("1/0");
  resolve.set_attempt(1);
  resolve.set_role(v1::LEARNER);
  EXPECT_THAT(scheduler_->Resolve(resolve, absl::InfiniteDuration()), is_fenced);
  EXPECT_THAT(scheduler_->Heartbeat(HeartbeatOf({9, 0}, 1, v1::LEARNER)),
              StatusIs(absl::StatusCode::kNotFound));
  v1::RegisterRequest stranger = RegisterOf(id, 2, v1::ACTOR);
  stranger.set_index(5);
  EXPECT_THAT(scheduler_->Register(stranger),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no worker actor.5")));
}

TEST_F(SchedulerTest, CancelsOneTrialOrAllThatHaveNotEnded) {
  Submit(3);
  scheduler_->Tick();
  ASSERT_OK(scheduler_->Cancel({1, 1}));
  EXPECT_EQ(Get({1, 1}).state(), v1::CANCELLED);
  EXPECT_EQ(Get({1, 0}).state(), v1::STARTING);
  ASSERT_OK(Finish({1, 0}, 1, true));
  ASSERT_OK(scheduler_->Cancel({1, std::nullopt}));
  ASSERT_OK(scheduler_->Cancel({1, std::nullopt}));
  EXPECT_EQ(Get({1, 0}).state(), v1::SUCCEEDED) << "what has ended stays as it ended";
  EXPECT_EQ(Get({1, 2}).state(), v1::CANCELLED);
  Pass(absl::Seconds(12));
  EXPECT_THAT(launcher_.running(), IsEmpty());
  EXPECT_THAT(scheduler_->Cancel({1, 7}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(scheduler_->Cancel({4, std::nullopt}), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(SchedulerTest, TriesALaunchThatFailedAgainAsAnAttempt) {
  launcher_.FailLaunches(absl::NotFoundError("cannot run /bin_dir/learner/learner"));
  const TrialId id{Submit(1), 0};
  Pass(absl::Seconds(2));
  EXPECT_THAT(Get(id).attempts(0).reason(),
              HasSubstr("could not start learner.0: cannot run /bin_dir/learner/learner"));
  launcher_.FailLaunches(absl::OkStatus());
  Pass(absl::Seconds(3));
  EXPECT_EQ(Get(id).state(), v1::STARTING);
}

TEST_F(SchedulerTest, WaitsForRoomOnTheDiskWithoutUsingUpRestarts) {
  fail_fast_ = true;
  launcher_.FailLaunches(absl::ResourceExhaustedError("cannot write to the log file"));
  Submit(2, /*restarts=*/1);
  Pass(absl::Seconds(30));
  const std::string why = "could not start learner.0: cannot write to the log file";
  EXPECT_EQ(Get({1, 0}).state(), v1::QUEUED);
  EXPECT_EQ(Get({1, 0}).reason(), why);
  EXPECT_EQ(Get({1, 0}).attempt(), 7) << "a try every 5 seconds";
  EXPECT_EQ(Get({1, 0}).max_attempts(), 8) << "the restart is left";
  EXPECT_EQ(Get({1, 1}).attempt(), 1) << "which would have fared no better";
  EXPECT_EQ(Get({1, 1}).reason(), "waits for room on the disk: " + why);
  launcher_.FailLaunches(absl::OkStatus());
  Pass(absl::Seconds(5));
  EXPECT_EQ(Get({1, 0}).state(), v1::STARTING);
  EXPECT_EQ(Get({1, 1}).state(), v1::STARTING);
}

TEST_F(SchedulerTest, ResolvesAPeerOnceItHasRegisteredAnAddress) {
  const TrialId id{Submit(1), 0};
  scheduler_->Tick();
  v1::ResolveRequest request;
  request.set_trial_id("1/0");
  request.set_attempt(1);
  request.set_role(v1::LEARNER);
  EXPECT_OK(scheduler_->Register(RegisterOf(id, 1, v1::LEARNER, /*address=*/"")));
  EXPECT_THAT(scheduler_->Resolve(request, absl::ZeroDuration()),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("ask again")));
  absl::StatusOr<std::string> address;
  std::thread peer([&] { address = scheduler_->Resolve(request, absl::InfiniteDuration()); });
  EXPECT_OK(scheduler_->Register(RegisterOf(id, 1, v1::LEARNER, "127.0.0.1:99")));
  peer.join();
  EXPECT_THAT(address, IsOkAndHolds("127.0.0.1:99"));
}

TEST_F(SchedulerTest, EndsWaitsWhenItStops) {
  Submit(1);
  scheduler_->Tick();
  v1::ResolveRequest request;
  request.set_trial_id("1/0");
  request.set_attempt(1);
  request.set_role(v1::LEARNER);
  absl::StatusOr<std::string> address;
  std::thread peer([&] { address = scheduler_->Resolve(request, absl::InfiniteDuration()); });
  const int64_t version = scheduler_->Version(1);
  std::thread watcher([&] {
    while (scheduler_->AwaitChange(1, version, absl::InfiniteDuration())) break;
  });
  scheduler_->Stop();
  peer.join();
  watcher.join();
  EXPECT_THAT(address, StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace vagram
