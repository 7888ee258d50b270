// What becomes of trials when the orchestrator stops, is killed, or cannot write.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/scheduler.h"
#include "orchestrator/scheduler_fixture.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class SchedulerRecoveryTest : public SchedulerFixture {
 protected:
  SchedulerRecoveryTest() : other_home_(home_ + "_2") {
    std::filesystem::remove_all(other_home_);
    Start();
  }

  ~SchedulerRecoveryTest() override {
    KillService();
    std::filesystem::remove_all(other_home_);
  }

  // The service is killed, and the next one starts on a copy of its home.
  void StartOnCopy() {
    KillService();
    std::filesystem::copy(home_, other_home_, std::filesystem::copy_options::recursive);
    StartOn(other_home_);
  }

  TrialId RunningTrial(int restarts = 3, int checkpoints = 0) {
    const TrialId id{Submit(1, restarts, /*slots=*/1, "mbpo", /*video=*/0, checkpoints), 0};
    scheduler_->Tick();
    RegisterAll(id, 1);
    return id;
  }

  v1::ReportMetricsRequest Report(const TrialId& id, int64_t attempt, int row) {
    v1::ReportMetricsRequest request;
    request.set_trial_id(id.ToString());
    request.set_attempt(attempt);
    v1::MetricRow& metrics = *request.add_rows();
    metrics.set_row(row);
    metrics.set_epoch(row + 1);
    v1::Metric& metric = *metrics.add_metrics();
    metric.set_name("evaluate/return_mean");
    metric.set_value(row);
    return request;
  }

  // The attempt's workers register, and its learner reports that many rows.
  void ReportRows(const TrialId& id, int64_t attempt, int rows) {
    RegisterAll(id, attempt);
    for (int row = 0; row < rows; ++row) {
      ASSERT_OK(scheduler_->ReportMetrics(Report(id, attempt, row)));
    }
  }

  // The same, then the learner is killed, and the trial started again if it is.
  void FailWithRows(const TrialId& id, int64_t attempt, int rows) {
    ReportRows(id, attempt, rows);
    launcher_.End(Pid("learner.0"), Exit{std::nullopt, SIGKILL});
    scheduler_->Tick();
    Pass(absl::Seconds(12));
  }

  std::string Csv(const TrialId& id) {
    std::ostringstream text;
    text << std::ifstream(results_->Folder(id) + "/metrics.csv").rdbuf();
    return text.str();
  }

  const std::string other_home_;
};

TEST_F(SchedulerRecoveryTest, ContinuesATrialWhoseWorkersOutlivedTheOrchestrator) {
  const TrialId id = RunningTrial();
  Start();
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  EXPECT_EQ(Get(id).attempt(), 1);
  EXPECT_THAT(launcher_.launched(), SizeIs(3)) << "no second gang";
  EXPECT_EQ(Get(id).workers(0).address(), "127.0.0.1:9");
  for (int i = 0; i < 40; ++i) {
    for (const v1::Role role : {v1::LEARNER, v1::MODEL_SERVER, v1::ACTOR}) {
      ASSERT_OK(scheduler_->Heartbeat(HeartbeatOf(id, 1, role)));
    }
    Pass(absl::Seconds(1));
  }
  ASSERT_OK(Finish(id, 1, true));
  Pass(absl::Seconds(12));
  EXPECT_EQ(Get(id).state(), v1::SUCCEEDED);
  EXPECT_THAT(launcher_.running(), IsEmpty());
}

TEST_F(SchedulerRecoveryTest, RestartsATrialOfWhichAWorkerDiedMeanwhileWithoutUsingItsBudget) {
  const TrialId id = RunningTrial(/*restarts=*/0);
  launcher_.End(Pid("learner.0"), Exit{std::nullopt, SIGKILL});
  Start();
  EXPECT_EQ(Get(id).state(), v1::QUEUED);
  EXPECT_EQ(Get(id).attempt(), 2);
  EXPECT_EQ(Get(id).attempts(0).reason(),
            "the orchestrator restarted and learner.0 (pid 1) is gone");
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::STARTING) << "the others have ended, so nothing is in the way";
}

TEST_F(SchedulerRecoveryTest, TheBudgetIsForAttemptsThatComeNoFurther) {
  const TrialId id = RunningTrial(/*restarts=*/1, /*checkpoints=*/1);
  for (int attempt = 1; attempt <= 5; ++attempt) {
    FailWithRows(id, attempt, /*rows=*/attempt);
    ASSERT_EQ(Get(id).state(), v1::STARTING) << "after attempt " << attempt;
    EXPECT_EQ(Get(id).max_attempts(), attempt + 1) << "one more may fail";
  }
  FailWithRows(id, 6, /*rows=*/5);
  EXPECT_EQ(Get(id).state(), v1::FAILED);
  EXPECT_THAT(Get(id).reason(), HasSubstr("all 1 restarts are used up"));
}

TEST_F(SchedulerRecoveryTest, CountsAnewAlsoAfterAnAttemptThatCameFurtherAndWasLostWithTheService) {
  const TrialId id = RunningTrial(/*restarts=*/1, /*checkpoints=*/1);
  FailWithRows(id, 1, /*rows=*/1);
  ReportRows(id, 2, /*rows=*/2);
  launcher_.End(Pid("learner.0"), Exit{std::nullopt, SIGKILL});
  Start();
  scheduler_->Tick();
  FailWithRows(id, 3, /*rows=*/2);
  EXPECT_EQ(Get(id).state(), v1::STARTING);
  EXPECT_EQ(Get(id).attempt(), 4);
}

TEST_F(SchedulerRecoveryTest, RowsOfAnEarlierAttemptReportedAgainAreNoProgress) {
  const TrialId id = RunningTrial(/*restarts=*/2, /*checkpoints=*/1);
  FailWithRows(id, 1, /*rows=*/2);
  FailWithRows(id, 2, /*rows=*/0);
  EXPECT_EQ(Get(id).state(), v1::STARTING);
  FailWithRows(id, 3, /*rows=*/2);
  EXPECT_EQ(Get(id).state(), v1::FAILED);
}

TEST_F(SchedulerRecoveryTest, WithoutCheckpointsEveryFailureCounts) {
  const TrialId id = RunningTrial(/*restarts=*/0, /*checkpoints=*/0);
  ASSERT_OK(scheduler_->ReportMetrics(Report(id, 1, 0)));
  launcher_.End(Pid("learner.0"), Exit{std::nullopt, SIGKILL});
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::FAILED);
}

TEST_F(SchedulerRecoveryTest, EndsWhatIsLeftOfAGangBeforeItLaunchesTheNext) {
  launcher_.IgnoreTerminate(true);
  const TrialId id = RunningTrial();
  launcher_.End(Pid("learner.0"), Exit{std::nullopt, SIGKILL});
  Start();
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::QUEUED);
  EXPECT_THAT(launcher_.running(), SizeIs(2));
  Pass(absl::Seconds(12));
  EXPECT_EQ(Get(id).state(), v1::STARTING);
  EXPECT_THAT(launcher_.running(), SizeIs(3));
}

TEST_F(SchedulerRecoveryTest, EndsWorkersThatDoNotFindTheNewOrchestratorWithinALease) {
  const TrialId id = RunningTrial(/*restarts=*/0);
  Start();
  Pass(absl::Seconds(30));
  EXPECT_EQ(Get(id).attempt(), 1);
  Pass(absl::Seconds(2));
  EXPECT_EQ(Get(id).attempt(), 2) << "which does not count, though there are no restarts";
  EXPECT_THAT(Get(id).attempts(0).reason(), HasSubstr("no heartbeat"));
}

TEST_F(SchedulerRecoveryTest, CountsAFailureOfTakenOverWorkersThatHadFoundIt) {
  const TrialId id = RunningTrial(/*restarts=*/0);
  Start();
  for (const v1::Role role : {v1::LEARNER, v1::MODEL_SERVER, v1::ACTOR}) {
    ASSERT_OK(scheduler_->Heartbeat(HeartbeatOf(id, 1, role)));
  }
  launcher_.End(Pid("learner.0"), Exit{1, std::nullopt});
  Pass(absl::Seconds(1));
  EXPECT_EQ(Get(id).state(), v1::FAILED);
}

TEST_F(SchedulerRecoveryTest, EndsProcessesOfATrialThatHasEnded) {
  const TrialId id = RunningTrial();
  ASSERT_OK(Finish(id, 1, true));
  Start();
  scheduler_->Tick();
  EXPECT_THAT(launcher_.running(), IsEmpty());
  EXPECT_EQ(Get(id).state(), v1::SUCCEEDED);
  EXPECT_THAT(*store_->Workers(), IsEmpty());
}

TEST_F(SchedulerRecoveryTest, RestartsATrialThatWasBeingLaunched) {
  const TrialId id{Submit(1), 0};
  TrialRecord starting = *store_->GetTrial(id);
  starting.trial.set_state(v1::STARTING);
  ASSERT_OK(store_->UpdateTrial(starting, nullptr));
  Start();
  EXPECT_EQ(Get(id).attempt(), 2);
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::STARTING);
  EXPECT_EQ(Get(id).max_attempts(), 5) << "all three restarts are left";
}

TEST_F(SchedulerRecoveryTest, StartsTrialsOfACopiedHomeAndLeavesTheProcessesOfTheFirstAlone) {
  const TrialId id = RunningTrial(/*restarts=*/0);
  StartOnCopy();
  EXPECT_EQ(Get(id).state(), v1::QUEUED);
  EXPECT_EQ(Get(id).attempts(0).reason(),
            "the orchestrator restarted and its processes are of the home that this one was copied "
            "from");
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::STARTING);
  EXPECT_EQ(Get(id).attempt(), 2);
  EXPECT_EQ(launcher_.terminations(), 0);
  EXPECT_THAT(launcher_.running(), SizeIs(6)) << "three of each home";
  EXPECT_THAT(*store_->Workers(),
              AllOf(SizeIs(3), Each(Field(&WorkerRecord::log_file, StartsWith(other_home_)))));
  Start();
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  EXPECT_EQ(Get(id).attempt(), 1);
}

TEST_F(SchedulerRecoveryTest, LetsATrialOfACopiedHomeRestThatTheFirstWasPausing) {
  launcher_.IgnoreTerminate(true);
  const TrialId id = RunningTrial();
  ASSERT_OK(scheduler_->Pause({1, 0}));
  StartOnCopy();
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::PAUSED);
  EXPECT_EQ(Get(id).reason(), "paused by a user");
  EXPECT_THAT(Get(id).attempts(), SizeIs(1));
  EXPECT_THAT(*store_->Workers(), IsEmpty());
  EXPECT_EQ(launcher_.terminations(), 3) << "by the first";
  EXPECT_THAT(launcher_.running(), SizeIs(3));
}

TEST_F(SchedulerRecoveryTest, ContinuesATrialOfItsHomeUnderAnotherName) {
  const TrialId id = RunningTrial();
  for (const WorkerCommand& command : launcher_.launched()) std::ofstream(command.log_file) << "\n";
  std::filesystem::create_directory_symlink(home_, other_home_);
  StartOn(other_home_);
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  EXPECT_EQ(Get(id).attempt(), 1);
  EXPECT_THAT(launcher_.launched(), SizeIs(3)) << "no second gang";
}

TEST_F(SchedulerRecoveryTest, KeepsTheBudgetAcrossRestarts) {
  const TrialId id = RunningTrial(/*restarts=*/1);
  launcher_.End(Pid("learner.0"), Exit{1, std::nullopt});
  Pass(absl::Seconds(2));
  ASSERT_EQ(Get(id).attempt(), 2);
  RegisterAll(id, 2);
  Start();
  for (const v1::Role role : {v1::LEARNER, v1::MODEL_SERVER, v1::ACTOR}) {
    ASSERT_OK(scheduler_->Heartbeat(HeartbeatOf(id, 2, role)));
  }
  launcher_.End(Pid("learner.0"), Exit{1, std::nullopt});
  Pass(absl::Seconds(1));
  EXPECT_EQ(Get(id).state(), v1::FAILED);
}

TEST_F(SchedulerRecoveryTest, LeavesUnfinishedTrialsQueuedWhenItStops) {
  const TrialId id = RunningTrial(/*restarts=*/0);
  scheduler_->Stop();
  scheduler_->Tick();
  EXPECT_TRUE(scheduler_->Idle());
  EXPECT_THAT(launcher_.running(), IsEmpty());
  EXPECT_EQ(store_->GetTrial(id)->trial.state(), v1::QUEUED);
  Start();
  scheduler_->Tick();
  EXPECT_EQ(Get(id).state(), v1::STARTING);
  EXPECT_EQ(Get(id).attempt(), 2);
}

TEST_F(SchedulerRecoveryTest, LaunchesNothingWhileItStops) {
  scheduler_->Stop();
  NewExperiment experiment;
  experiment.client_request_id = "late";
  EXPECT_THAT(scheduler_->Submit(experiment), StatusIs(absl::StatusCode::kUnavailable));
  scheduler_->Tick();
  EXPECT_THAT(launcher_.launched(), IsEmpty());
}

TEST_F(SchedulerRecoveryTest, KeepsProgressOverARestart) {
  const TrialId id = RunningTrial();
  v1::HeartbeatRequest heartbeat = HeartbeatOf(id, 1, v1::LEARNER);
  heartbeat.mutable_progress()->set_step(500);
  ASSERT_OK(scheduler_->Heartbeat(heartbeat));
  EXPECT_EQ(Get(id).progress().step(), 500);
  Pass(absl::Seconds(2));
  Start();
  EXPECT_EQ(Get(id).progress().step(), 500);
}

TEST_F(SchedulerRecoveryTest, WritesEveryRowOnceWhateverHappensToFileAndService) {
  const TrialId id = RunningTrial();
  EXPECT_THAT(scheduler_->ReportMetrics(Report(id, 1, 0)), IsOkAndHolds(1));
  EXPECT_THAT(scheduler_->ReportMetrics(Report(id, 1, 0)), IsOkAndHolds(1));
  // Rows that reached the store but not the file, as when the service is killed between the two.
  ASSERT_OK(store_->AppendMetrics(id, 1, {Report(id, 1, 1).rows(0)}, clock_.Now()));
  Start();
  const std::string two_rows = "epoch,step,wall_seconds,evaluate/return_mean\n1,0,0,0\n2,0,0,1\n";
  EXPECT_EQ(Csv(id), two_rows);
  std::filesystem::remove(results_->Folder(id) + "/metrics.csv");
  EXPECT_THAT(scheduler_->ReportMetrics(Report(id, 1, 2)), IsOkAndHolds(3)) << "the row is safe";
  EXPECT_THAT(scheduler_->ReportMetrics(Report(id, 1, 3)), IsOkAndHolds(4));
  EXPECT_EQ(Csv(id), two_rows + "3,0,0,2\n4,0,0,3\n");
}

TEST_F(SchedulerRecoveryTest, BeginsNewFilesWithANewAttempt) {
  const TrialId id = RunningTrial();
  EXPECT_OK(scheduler_->ReportMetrics(Report(id, 1, 0)));
  launcher_.End(Pid("learner.0"), Exit{1, std::nullopt});
  Pass(absl::Seconds(2));
  EXPECT_EQ(Csv(id), "epoch,step,wall_seconds\n");
  EXPECT_OK(scheduler_->ReportMetrics(Report(id, 2, 0)));
  EXPECT_EQ(Csv(id), "epoch,step,wall_seconds,evaluate/return_mean\n1,0,0,0\n");
}

}  // namespace
}  // namespace vagram
