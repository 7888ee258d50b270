// What becomes of trials at the rungs of early stopping.
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <utility>

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
using ::testing::StartsWith;

// Arms of two seeds, rungs at steps 100, 300 and 900; the best third goes on. Processes end as soon
// as they are told to.
class SchedulerEarlyStoppingTest : public SchedulerFixture {
 protected:
  SchedulerEarlyStoppingTest() {
    base_.mutable_checkpoint()->set_every_epochs(1);
    base_.set_num_steps(1000);
    early_stopping_ = EarlyStopping{"evaluate/return_mean", 100, 3, /*seeds=*/2};
    options_.slots = 20;
    Start();
  }

  // An experiment of that many arms, all of whose trials run.
  void RunArms(int arms) {
    const int trials = arms * static_cast<int>(early_stopping_->seeds);
    Submit(trials);
    scheduler_->Tick();
    for (int index = 0; index < trials; ++index) RegisterAll({1, index}, 1);
  }

  // A row of the trial's present attempt.
  absl::Status Report(int64_t index, int64_t step, double value,
                      const std::string& metric = "evaluate/return_mean") {
    const TrialId id{1, index};
    v1::ReportMetricsRequest request;
    request.set_trial_id(id.ToString());
    request.set_attempt(Get(id).attempt());
    v1::MetricRow& row = *request.add_rows();
    row.set_row(rows_[{index, request.attempt()}]++);
    row.set_step(step);
    v1::Metric& reported = *row.add_metrics();
    reported.set_name(metric);
    reported.set_value(value);
    return scheduler_->ReportMetrics(request).status();
  }

  // Both seeds of an arm come to a step.
  void ReportArm(int64_t arm, int64_t step, double value) {
    ASSERT_OK(Report(2 * arm, step, value));
    scheduler_->Tick();
    ASSERT_OK(Report(2 * arm + 1, step, value));
    scheduler_->Tick();
  }

  v1::TrialState State(int64_t index) { return Get({1, index}).state(); }
  std::string Reason(int64_t index) { return Get({1, index}).reason(); }

  void FinishAndEnd(int64_t index) {
    const v1::Trial trial = Get({1, index});
    ASSERT_OK(Finish({1, index}, trial.attempt(), true));
    for (const v1::Worker& worker : trial.workers()) {
      launcher_.End(worker.pid(), Exit{0, std::nullopt});
    }
  }

  // Every trial that has processes takes 100 steps a round, until the experiment has ended; later
  // arms are better. Calls `between` after everything that happens.
  void RunToTheEnd(int trials, const std::function<void()>& between) {
    std::map<int64_t, int64_t> steps;
    for (int round = 0; !store_->GetExperiment(1)->has_ended_at(); ++round) {
      ASSERT_LT(round, 200);
      Pass(absl::Seconds(1));
      between();
      for (int64_t index = 0; index < trials; ++index) {
        const TrialId id{1, index};
        if (State(index) == v1::STARTING) {
          RegisterAll(id, Get(id).attempt());
          between();
        }
        if (State(index) != v1::RUNNING) continue;
        for (const v1::Role role : {v1::LEARNER, v1::MODEL_SERVER, v1::ACTOR}) {
          ASSERT_OK(scheduler_->Heartbeat(HeartbeatOf(id, Get(id).attempt(), role)));
        }
        steps[index] += 100;
        ASSERT_OK(Report(index, steps[index], static_cast<double>(index)));
        between();
        if (steps[index] == 1000) FinishAndEnd(index);
        between();
      }
    }
  }

  std::map<std::pair<int64_t, int64_t>, int64_t> rows_;  // reported, by trial and attempt
};

TEST_F(SchedulerEarlyStoppingTest, PausesATrialAtARungUntilItsArmIsPromoted) {
  RunArms(3);
  ASSERT_OK(Report(0, 99, 5));
  ASSERT_OK(Report(0, 150, 5, "model/loss"));
  EXPECT_EQ(State(0), v1::RUNNING);
  EXPECT_EQ(Get({1, 0}).rungs(), 0);
  ASSERT_OK(Report(0, 200, 5));
  EXPECT_EQ(State(0), v1::PAUSED);
  EXPECT_EQ(store_->GetTrial({1, 0})->trial.state(), v1::PAUSED) << "whatever becomes of this one";
  EXPECT_EQ(Reason(0), "saving a checkpoint, then waits at rung 1 of 3 (100 steps)");
  EXPECT_EQ(Get({1, 0}).rungs(), 1);
  scheduler_->Tick();
  EXPECT_EQ(Reason(0), "waits at rung 1 of 3 (100 steps): 1 of 2 seeds are there");
  EXPECT_EQ(scheduler_->used_slots(), 5) << "others can have its slot";
  ASSERT_OK(Report(1, 100, 3));
  EXPECT_THAT(Reason(0), HasSubstr(": 4 is number 1 of the 1 arms there, of which 0 go on"));
  ReportArm(1, 100, 1);
  EXPECT_EQ(State(0), v1::PAUSED);

  ASSERT_OK(Report(4, 100, 2));
  ASSERT_OK(Report(5, 100, 2));
  EXPECT_EQ(State(0), v1::QUEUED);
  EXPECT_EQ(Get({1, 0}).attempt(), 2);
  EXPECT_EQ(Get({1, 0}).max_attempts(), 5) << "all restarts are left";
  EXPECT_THAT(Reason(2), HasSubstr("1 is number 3 of the 3 arms there, of which 1 goes on"));
  Pass(absl::Seconds(3));
  EXPECT_EQ(State(0), v1::STARTING);
  EXPECT_EQ(State(1), v1::STARTING);
  for (int64_t index = 2; index < 6; ++index) EXPECT_EQ(State(index), v1::PAUSED) << index;
}

TEST_F(SchedulerEarlyStoppingTest, DoesNotPauseTheTrialThatMakesItsArmBePromoted) {
  RunArms(3);
  ReportArm(0, 100, 1);
  ReportArm(1, 100, 2);
  ASSERT_OK(Report(4, 100, 3));
  scheduler_->Tick();
  ASSERT_OK(Report(5, 100, 3));
  EXPECT_EQ(State(5), v1::RUNNING);
  EXPECT_EQ(State(4), v1::QUEUED);
  // Its first row beyond the next rung counts, however far it is.
  ASSERT_OK(Report(5, 290, 3));
  EXPECT_EQ(State(5), v1::RUNNING);
  ASSERT_OK(Report(5, 950, 3));
  EXPECT_EQ(State(5), v1::PAUSED);
  EXPECT_EQ(Get({1, 5}).rungs(), 3);
  scheduler_->Tick();
  EXPECT_EQ(Reason(5), "waits at rung 2 of 3 (300 steps): 1 of 2 seeds are there");
}

TEST_F(SchedulerEarlyStoppingTest, BringsTheBestArmToItsEndAndStopsTheOthers) {
  Submit(12);
  RunToTheEnd(12, [] {});
  const v1::Experiment experiment = *store_->GetExperiment(1);
  EXPECT_EQ(StateOf(experiment), v1::EXPERIMENT_SUCCEEDED);
  for (int64_t index = 0; index < 10; ++index) {
    EXPECT_EQ(State(index), v1::STOPPED) << index;
    EXPECT_THAT(Reason(index), StartsWith("rung ")) << index;
  }
  EXPECT_EQ(Reason(0),
            "rung 1 of 3 (100 steps): evaluate/return_mean 0.5; the arms that went on have 4.5 or "
            "more");
  EXPECT_EQ(State(10), v1::SUCCEEDED);
  EXPECT_EQ(State(11), v1::SUCCEEDED);
  Pass(absl::Seconds(30));
  EXPECT_THAT(launcher_.running(), IsEmpty());
  EXPECT_EQ(scheduler_->used_slots(), 0);
}

TEST_F(SchedulerEarlyStoppingTest, EndsTheSameWhenTheOrchestratorIsKilledAfterEveryEvent) {
  Submit(12);
  RunToTheEnd(12, [this] { Start(); });
  for (int64_t index = 0; index < 10; ++index) EXPECT_EQ(State(index), v1::STOPPED) << index;
  EXPECT_EQ(State(10), v1::SUCCEEDED);
  EXPECT_EQ(State(11), v1::SUCCEEDED);
  EXPECT_EQ(StateOf(*store_->GetExperiment(1)), v1::EXPERIMENT_SUCCEEDED);
}

// The report was stored, and the orchestrator killed before it knew of the rung: the learner has no
// answer and reports again.
TEST_F(SchedulerEarlyStoppingTest, FindsTheRungInAReportThatIsRepeated) {
  RunArms(1);
  v1::MetricRow row;
  row.set_step(100);
  v1::Metric& metric = *row.add_metrics();
  metric.set_name("evaluate/return_mean");
  metric.set_value(7);
  ASSERT_OK(store_->AppendMetrics({1, 0}, 1, {row}, clock_.Now()));
  Start();
  EXPECT_EQ(State(0), v1::RUNNING);
  ASSERT_OK(Report(0, 100, 7));
  EXPECT_EQ(State(0), v1::PAUSED);
}

TEST_F(SchedulerEarlyStoppingTest, KeepsWhatATrialShowedFirst) {
  RunArms(1);
  ASSERT_OK(Report(0, 100, 7));
  ASSERT_OK(Report(0, 110, 9)) << "while it saves";
  Start();
  const auto stored = store_->GetEarlyStopping(1);
  ASSERT_THAT((*stored)->results, SizeIs(1));
  EXPECT_EQ((*stored)->results[0].value, 7);
}

TEST_F(SchedulerEarlyStoppingTest, LetsTheOnlyArmGoOn) {
  RunArms(1);
  ReportArm(0, 100, -7);
  EXPECT_EQ(State(0), v1::STARTING);
  EXPECT_EQ(State(1), v1::RUNNING) << "it made its arm be promoted";
}

TEST_F(SchedulerEarlyStoppingTest, TakesNanForTheWorstAlsoAfterARestart) {
  RunArms(3);
  ReportArm(0, 100, std::numeric_limits<double>::quiet_NaN());
  Start();
  ReportArm(1, 100, -1e9);
  ReportArm(2, 100, -2e9);
  EXPECT_EQ(State(2), v1::STARTING);
  EXPECT_EQ(State(0), v1::PAUSED);
}

TEST_F(SchedulerEarlyStoppingTest, LeavesAPauseToItsUser) {
  RunArms(3);
  ASSERT_OK(scheduler_->Pause({1, 1}));
  ASSERT_OK(Report(1, 100, 9)) << "while it saves";
  ASSERT_OK(Report(0, 100, 9));
  Pass(absl::Seconds(2));
  ASSERT_OK(scheduler_->Pause({1, 0})) << "which waits at its rung";
  EXPECT_EQ(Reason(0), "paused by a user");
  Start();
  ReportArm(1, 100, 1);
  ReportArm(2, 100, 2);
  Pass(absl::Seconds(2));
  EXPECT_EQ(State(0), v1::PAUSED) << "though its arm is promoted";
  EXPECT_EQ(Reason(0), "paused by a user");
  EXPECT_EQ(State(2), v1::PAUSED) << "for the search goes on when the paused ones do";
  ASSERT_OK(scheduler_->Resume({1, std::nullopt}));
  EXPECT_EQ(State(0), v1::QUEUED);
  EXPECT_EQ(State(1), v1::QUEUED);
  EXPECT_THAT(Reason(2), StartsWith("waits at rung 1 of 3"));
}

TEST_F(SchedulerEarlyStoppingTest, ResumesATrialToItsRungWhileItsArmIsNotPromoted) {
  RunArms(3);
  ReportArm(0, 100, 9);
  Pass(absl::Seconds(2));
  ASSERT_OK(scheduler_->Pause({1, std::nullopt}));
  Pass(absl::Seconds(2));
  EXPECT_EQ(Reason(0), "paused by a user");
  ASSERT_OK(scheduler_->Resume({1, std::nullopt}));
  EXPECT_EQ(State(0), v1::PAUSED);
  EXPECT_THAT(Reason(0), StartsWith("waits at rung 1 of 3"));
  EXPECT_EQ(State(2), v1::QUEUED);
}

TEST_F(SchedulerEarlyStoppingTest, CountsAnArmWithTheSeedsItHasLeft) {
  RunArms(3);
  ASSERT_OK(Report(0, 100, 5));
  ASSERT_OK(Finish({1, 1}, 1, false, "out of luck"));
  ReportArm(1, 100, 1);
  ASSERT_OK(Report(4, 100, 2));
  ASSERT_OK(scheduler_->Cancel({1, 5}));
  Pass(absl::Seconds(2));
  EXPECT_NE(State(0), v1::PAUSED) << "the best of three";
  EXPECT_THAT(Reason(2), HasSubstr("number 3 of the 3 arms"));
  EXPECT_THAT(Reason(4), HasSubstr("2 is number 2 of the 3 arms"));
}

TEST_F(SchedulerEarlyStoppingTest, LetsTheNextArmGoOnWhenTheBestHasFailed) {
  RunArms(2);
  ReportArm(0, 100, 5);
  ReportArm(1, 100, 1);
  Pass(absl::Seconds(3));
  ASSERT_EQ(State(0), v1::STARTING) << "nothing else could come";
  for (int64_t index : {0, 1}) {
    RegisterAll({1, index}, 2);
    ASSERT_OK(Finish({1, index}, 2, false, "out of luck"));
  }
  Pass(absl::Seconds(5));
  EXPECT_EQ(State(2), v1::STARTING);
  EXPECT_EQ(State(3), v1::STARTING);

  // One that failed can still be resumed, and goes on where its arm was promoted to.
  ASSERT_OK(scheduler_->Resume({1, 0}));
  EXPECT_EQ(State(0), v1::QUEUED);
}

TEST_F(SchedulerEarlyStoppingTest, CancelsTrialsThatWait) {
  RunArms(2);
  ReportArm(0, 100, 5);
  ASSERT_OK(scheduler_->Cancel({1, std::nullopt}));
  Pass(absl::Seconds(30));
  for (int64_t index = 0; index < 4; ++index) EXPECT_EQ(State(index), v1::CANCELLED);
  EXPECT_TRUE(store_->GetExperiment(1)->has_ended_at());
}

TEST_F(SchedulerEarlyStoppingTest, StartsWhatCameFurtherFirst) {
  early_stopping_->seeds = 1;
  early_stopping_->reduction = 2;
  Submit(4);
  EarlyStoppingUpdate update;
  update.results = {{{1, 0}, 1, 9}, {{1, 1}, 1, 8}, {{1, 1}, 2, 5}, {{1, 2}, 1, 7}, {{1, 2}, 2, 4}};
  update.promotions = {{1, 1, 1}, {1, 2, 1}};
  for (int64_t index : {0, 1, 2}) {
    TrialRecord waiting = *store_->GetTrial({1, index});
    waiting.trial.set_state(v1::PAUSED);
    waiting.at_rung = true;
    ASSERT_OK(store_->UpdateTrials({{&waiting, nullptr}}, update));
  }
  options_.slots = 1;
  Start();
  scheduler_->Tick();
  EXPECT_EQ(State(1), v1::STARTING) << "promoted from rung 2";
  EXPECT_EQ(State(0), v1::QUEUED) << "promoted from rung 1";
  EXPECT_EQ(State(2), v1::PAUSED);
  EXPECT_EQ(State(3), v1::QUEUED) << "new";
}

TEST_F(SchedulerEarlyStoppingTest, LeavesOtherExperimentsAlone) {
  early_stopping_.reset();
  const TrialId id = RunningTrial();
  ASSERT_OK(Report(0, 100, 5));
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  EXPECT_EQ(Get(id).rungs(), 0);
}

TEST_F(SchedulerEarlyStoppingTest, TellsProcessesThatThePredecessorMayNotHaveTold) {
  launcher_.IgnoreTerminate(true);
  RunArms(1);
  // The rung is stored and the orchestrator killed before it has told anybody.
  TrialRecord waiting = *store_->GetTrial({1, 0});
  waiting.trial.set_state(v1::PAUSED);
  waiting.trial.set_reason("waits at rung 1 of 3 (100 steps)");
  waiting.at_rung = true;
  ASSERT_OK(store_->UpdateTrials({{&waiting, nullptr}}, {{{{1, 0}, 1, 5.0}}, {}}));
  Start();
  Pass(absl::Seconds(21));
  EXPECT_EQ(launcher_.terminations(), 3);
  EXPECT_EQ(Reason(0), "saving a checkpoint, then waits at rung 1 of 3 (100 steps)");
}

}  // namespace
}  // namespace vagram
