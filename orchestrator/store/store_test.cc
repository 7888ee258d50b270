#include "orchestrator/store/store.h"

#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/store/store_fixture.h"
#include "orchestrator/store/timestamp.h"
#include "testing/proto_matchers.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST_F(StoreTest, KeepsAnExperimentAcrossReopening) {
  Open();
  EXPECT_THAT(store_->Submit(TwoTrials(), kNow)->experiment, 1);
  Open();
  ASSERT_OK_AND_ASSIGN(const v1::Experiment experiment, store_->GetExperiment(1));
  EXPECT_EQ(experiment.name(), "hopper");
  EXPECT_EQ(FromTimestamp(experiment.submitted_at()), kNow);
  ASSERT_EQ(experiment.trials_size(), 2);
  const v1::Trial& trial = experiment.trials(1);
  EXPECT_EQ(trial.id(), "1/1");
  EXPECT_EQ(trial.label(), "model.loss=vagram seed=6");
  EXPECT_EQ(trial.seed(), 6);
  EXPECT_EQ(trial.state(), v1::QUEUED);
  EXPECT_EQ(trial.attempt(), 1);
  EXPECT_THAT(trial.config(), EqualsProto("seed: 6"));
  EXPECT_THAT(trial.overrides(), ElementsAre(Pair("model.loss", "vagram")));
}

TEST_F(StoreTest, CountsTrialsByState) {
  Open();
  EXPECT_THAT(store_->CountTrials(), IsOkAndHolds(IsEmpty()));
  ASSERT_OK(store_->Submit(TwoTrials(), kNow));
  ASSERT_OK_AND_ASSIGN(TrialRecord record, store_->GetTrial({1, 0}));
  record.trial.set_state(v1::RUNNING);
  ASSERT_OK(store_->UpdateTrial(record, nullptr));
  EXPECT_THAT(store_->CountTrials(),
              IsOkAndHolds(ElementsAre(Pair(v1::QUEUED, 1), Pair(v1::RUNNING, 1))));
}

TEST_F(StoreTest, AnswersARepeatedSubmissionWithTheFirstOnesExperiment) {
  Open();
  ASSERT_OK_AND_ASSIGN(const Submission first, store_->Submit(TwoTrials("same"), kNow));
  NewExperiment changed = TwoTrials("same");
  changed.name = "another";
  ASSERT_OK_AND_ASSIGN(const Submission second, store_->Submit(changed, kNow));
  EXPECT_FALSE(first.already_existed);
  EXPECT_TRUE(second.already_existed);
  EXPECT_EQ(second.experiment, first.experiment);
  EXPECT_EQ(store_->GetExperiment(1)->name(), "hopper");
  EXPECT_THAT(store_->FindRequest("same"), IsOkAndHolds(std::optional<int64_t>(1)));
  EXPECT_THAT(store_->FindRequest("new"), IsOkAndHolds(std::optional<int64_t>()));
}

TEST_F(StoreTest, MakesOneExperimentOfARequestThatTwoThreadsSend) {
  Open();
  std::vector<absl::StatusOr<Submission>> results(2, absl::UnknownError("not run"));
  std::vector<std::thread> threads;
  for (auto& result : results) {
    threads.emplace_back([&] { result = store_->Submit(TwoTrials("same"), kNow); });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_OK(results[0]);
  ASSERT_OK(results[1]);
  EXPECT_EQ(results[0]->experiment, results[1]->experiment);
  EXPECT_NE(results[0]->already_existed, results[1]->already_existed);
}

TEST_F(StoreTest, KeepsTaskFilesWithTheirExperiment) {
  Open();
  NewExperiment experiment = TwoTrials();
  v1::UserTask& task = experiment.tasks.emplace_back();
  task.set_path("mine.yaml");
  task.add_files()->set_content(std::string("\0\xff", 2));
  ASSERT_OK(store_->Submit(experiment, kNow));
  ASSERT_OK(store_->Submit(TwoTrials("other"), kNow));
  Open();
  EXPECT_THAT(store_->GetTask(1, "mine.yaml"), IsOkAndHolds(EqualsProto(task)));
  EXPECT_THAT(store_->GetTask(2, "mine.yaml"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(StoreTest, SaysWhatExistsWhenAskedForWhatDoesNot) {
  Open();
  EXPECT_THAT(store_->GetExperiment(1),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none has been submitted")));
  ASSERT_OK(store_->Submit(TwoTrials(), kNow));
  EXPECT_THAT(store_->GetExperiment(7),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("the newest is 1")));
  EXPECT_THAT(store_->GetTrial({1, 2}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("trials 1/0 to 1/1")));
}

TEST_F(StoreTest, ListsNewestFirstWithinTheLimit) {
  Open();
  for (const char* request : {"a", "b", "c"}) ASSERT_OK(store_->Submit(TwoTrials(request), kNow));
  ASSERT_OK_AND_ASSIGN(const auto experiments, store_->ListExperiments(2));
  ASSERT_THAT(experiments, SizeIs(2));
  EXPECT_EQ(experiments[0].id(), "3");
  EXPECT_EQ(experiments[1].id(), "2");
  EXPECT_FALSE(experiments[0].trials(0).has_config());
}

TEST_F(StoreTest, EndsTheExperimentWithItsLastTrial) {
  Open();
  ASSERT_OK(store_->Submit(TwoTrials(), kNow));
  ASSERT_OK_AND_ASSIGN(std::vector<TrialRecord> trials, store_->UnfinishedTrials());
  ASSERT_THAT(trials, SizeIs(2));
  EXPECT_EQ(trials[0].restarts, 2);
  trials[0].trial.set_state(v1::SUCCEEDED);
  *trials[0].trial.mutable_ended_at() = ToTimestamp(kNow + absl::Seconds(1));
  ASSERT_OK(store_->UpdateTrial(trials[0], nullptr));
  EXPECT_FALSE(store_->GetExperiment(1)->has_ended_at());
  trials[1].trial.set_state(v1::FAILED);
  *trials[1].trial.mutable_ended_at() = ToTimestamp(kNow + absl::Seconds(2));
  ASSERT_OK(store_->UpdateTrial(trials[1], nullptr));
  EXPECT_EQ(FromTimestamp(store_->GetExperiment(1)->ended_at()), kNow + absl::Seconds(2));
  EXPECT_THAT(*store_->UnfinishedTrials(), IsEmpty());
}

TEST_F(StoreTest, ReopensAnExperimentWithATrialThatGoesOn) {
  Open();
  ASSERT_OK(store_->Submit(TwoTrials(), kNow));
  ASSERT_OK_AND_ASSIGN(std::vector<TrialRecord> trials, store_->UnfinishedTrials());
  for (TrialRecord& record : trials) {
    record.trial.set_state(v1::FAILED);
    *record.trial.mutable_ended_at() = ToTimestamp(kNow);
    ASSERT_OK(store_->UpdateTrial(record, nullptr));
  }
  ASSERT_TRUE(store_->GetExperiment(1)->has_ended_at());
  trials[0].trial.set_state(v1::QUEUED);
  trials[0].trial.clear_ended_at();
  ASSERT_OK(store_->UpdateTrial(trials[0], nullptr));
  EXPECT_FALSE(store_->GetExperiment(1)->has_ended_at());
  EXPECT_FALSE(store_->GetTrial({1, 0})->trial.has_ended_at());
}

TEST_F(StoreTest, CountsPausedAndStalledTrialsAsUnfinished) {
  Open();
  ASSERT_OK(store_->Submit(TwoTrials(), kNow));
  ASSERT_OK_AND_ASSIGN(std::vector<TrialRecord> trials, store_->UnfinishedTrials());
  trials[0].trial.set_state(v1::PAUSED);
  trials[1].trial.set_state(v1::STALLED);
  for (const TrialRecord& record : trials) ASSERT_OK(store_->UpdateTrial(record, nullptr));
  Open();
  ASSERT_OK_AND_ASSIGN(trials, store_->UnfinishedTrials());
  ASSERT_THAT(trials, SizeIs(2));
  EXPECT_EQ(trials[0].trial.state(), v1::PAUSED);
  EXPECT_EQ(trials[1].trial.state(), v1::STALLED);
}

TEST_F(StoreTest, KeepsATrialsChangeAndItsEndedAttempt) {
  Open();
  ASSERT_OK(store_->Submit(TwoTrials(), kNow));
  ASSERT_OK_AND_ASSIGN(TrialRecord record, store_->GetTrial({1, 0}));
  record.failures = 1;
  record.trial.set_attempt(2);
  record.trial.set_reason("learner.0 was killed by SIGKILL");
  *record.trial.mutable_started_at() = ToTimestamp(kNow);
  record.trial.mutable_progress()->set_step(77);
  v1::AttemptRecord& ended = *record.trial.add_attempts();
  ended.set_attempt(1);
  *ended.mutable_ended_at() = ToTimestamp(kNow + absl::Microseconds(123456));
  ended.set_reason("learner.0 was killed by SIGKILL");
  ASSERT_OK(store_->UpdateTrial(record, &ended));
  Open();
  ASSERT_OK_AND_ASSIGN(const TrialRecord stored, store_->GetTrial({1, 0}));
  // Not EqualsProto: the thread sanitizer's build and the installed protobuf disagree about how a
  // map field looks to reflection.
  EXPECT_EQ(stored.trial.SerializeAsString(), record.trial.SerializeAsString());
  EXPECT_EQ(stored.failures, 1);
}

TEST_F(StoreTest, KeepsWorkersUntilTheyAreRemoved) {
  Open();
  WorkerRecord worker{{1, 0}, 2,  v1::LEARNER,          0, 4321, "boot:99",
                      "here", "", "/logs/learner.0.log"};
  ASSERT_OK(store_->PutWorker(worker));
  worker.address = "127.0.0.1:5";
  ASSERT_OK(store_->PutWorker(worker));
  Open();
  ASSERT_OK_AND_ASSIGN(const std::vector<WorkerRecord> workers, store_->Workers());
  ASSERT_THAT(workers, SizeIs(1));
  EXPECT_EQ(workers[0].trial, (TrialId{1, 0}));
  EXPECT_EQ(workers[0].attempt, 2);
  EXPECT_EQ(workers[0].role, v1::LEARNER);
  EXPECT_EQ(workers[0].pid, 4321);
  EXPECT_EQ(workers[0].incarnation, "boot:99");
  EXPECT_EQ(workers[0].host, "here");
  EXPECT_EQ(workers[0].address, "127.0.0.1:5");
  EXPECT_EQ(workers[0].log_file, "/logs/learner.0.log");
  ASSERT_OK(store_->RemoveWorkers({1, 0}, 1));
  EXPECT_THAT(*store_->Workers(), SizeIs(1));
  ASSERT_OK(store_->RemoveWorkers({1, 0}, 2));
  EXPECT_THAT(*store_->Workers(), IsEmpty());
}

TEST_F(StoreTest, StoresARepeatedRowOnce) {
  Open();
  EXPECT_THAT(store_->AppendMetrics({1, 0}, 1, {Row(0, 1), Row(1, 2)}, kNow), IsOkAndHolds(2));
  EXPECT_THAT(store_->AppendMetrics({1, 0}, 1, {Row(1, 99), Row(2, 3)}, kNow), IsOkAndHolds(3));
  ASSERT_OK_AND_ASSIGN(const std::vector<StoredRow> rows, store_->Metrics({1, 0}, 1, 1, 100));
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_THAT(rows[0].row, EqualsProto(Row(1, 2)));
  EXPECT_THAT(rows[1].row, EqualsProto(Row(2, 3)));
  EXPECT_EQ(rows[0].reported_at, kNow);
}

TEST_F(StoreTest, RefusesAllRowsOfAReportThatLeavesAGap) {
  Open();
  EXPECT_THAT(store_->AppendMetrics({1, 0}, 1, {Row(0, 1), Row(2, 2)}, kNow),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the next one is row 1")));
  EXPECT_THAT(*store_->Metrics({1, 0}, 1, 0, 100), IsEmpty());
}

TEST_F(StoreTest, KeepsTheRowsOfAttemptsApart) {
  Open();
  ASSERT_OK(store_->AppendMetrics({1, 0}, 1, {Row(0, 1)}, kNow));
  EXPECT_THAT(store_->AppendMetrics({1, 0}, 2, {Row(0, 5)}, kNow), IsOkAndHolds(1));
  ASSERT_OK(store_->Submit(TwoTrials(), kNow));
  EXPECT_THAT(store_->FinalReturns(1), IsOkAndHolds(ElementsAre(Pair(0, 1))));
  ASSERT_OK_AND_ASSIGN(TrialRecord record, store_->GetTrial({1, 0}));
  record.trial.set_attempt(2);
  ASSERT_OK(store_->UpdateTrial(record, nullptr));
  EXPECT_THAT(store_->FinalReturns(1), IsOkAndHolds(ElementsAre(Pair(0, 5))));
}

TEST_F(StoreTest, AnAttemptThatIsStillToStartHidesNothing) {
  Open();
  ASSERT_OK(store_->Submit(TwoTrials(), kNow));
  EXPECT_THAT(store_->AttemptWithMetrics({1, 0}, 1), IsOkAndHolds(1));
  EXPECT_THAT(store_->AttemptWithMetrics({1, 0}, 3), IsOkAndHolds(3)) << "none has any";
  ASSERT_OK(store_->AppendMetrics({1, 0}, 1, {Row(0, 7)}, kNow));
  ASSERT_OK_AND_ASSIGN(TrialRecord record, store_->GetTrial({1, 0}));
  record.trial.set_attempt(3);
  ASSERT_OK(store_->UpdateTrial(record, nullptr));
  EXPECT_THAT(store_->AttemptWithMetrics({1, 0}, 3), IsOkAndHolds(1));
  EXPECT_THAT(store_->FinalReturns(1), IsOkAndHolds(ElementsAre(Pair(0, 7))));
  ASSERT_OK(store_->AppendMetrics({1, 0}, 3, {Row(0, 9)}, kNow));
  EXPECT_THAT(store_->AttemptWithMetrics({1, 0}, 3), IsOkAndHolds(3));
  EXPECT_THAT(store_->FinalReturns(1), IsOkAndHolds(ElementsAre(Pair(0, 9))));
}

TEST_F(StoreTest, FindsTheMostRowsOfEarlierAttempts) {
  Open();
  ASSERT_OK(store_->Submit(TwoTrials(), kNow));
  ASSERT_OK_AND_ASSIGN(const TrialRecord record, store_->GetTrial({1, 0}));
  ASSERT_OK(store_->AppendMetrics({1, 0}, 1, {Row(0, 1), Row(1, 1)}, kNow));
  ASSERT_OK(store_->AppendMetrics({1, 0}, 3, {Row(0, 1), Row(1, 1), Row(2, 1)}, kNow));
  for (const int attempt : {1, 2, 3}) {
    EXPECT_THAT(store_->MostMetrics({1, 0}, attempt), IsOkAndHolds(attempt == 1 ? 0 : 2));
    v1::AttemptRecord ended;
    ended.set_attempt(attempt);
    ASSERT_OK(store_->UpdateTrial(record, &ended));
  }
  EXPECT_THAT(store_->MostMetrics({1, 0}, 4), IsOkAndHolds(3));
}

TEST_F(StoreTest, AveragesTheLastThreeEvaluations) {
  Open();
  ASSERT_OK(store_->Submit(TwoTrials(), kNow));
  EXPECT_THAT(store_->FinalReturns(1), IsOkAndHolds(IsEmpty()));
  v1::MetricRow without = Row(4, 0);
  without.clear_metrics();
  ASSERT_OK(store_->AppendMetrics(
      {1, 0}, 1, {Row(0, 1000), Row(1, 1), Row(2, 2), Row(3, 6), without, Row(5, std::nan(""))},
      kNow));
  EXPECT_THAT(store_->FinalReturns(1), IsOkAndHolds(ElementsAre(Pair(0, 3))));
}

TEST_F(StoreTest, SavesProgressOfManyTrialsAtOnce) {
  Open();
  ASSERT_OK(store_->Submit(TwoTrials(), kNow));
  v1::Progress progress;
  progress.set_step(10);
  progress.set_activity("evaluating");
  ASSERT_OK(store_->SaveProgress({{TrialId{1, 0}, progress}, {TrialId{1, 1}, progress}}));
  EXPECT_THAT(store_->GetTrial({1, 1})->trial.progress(), EqualsProto(progress));
}

TEST_F(StoreTest, RemembersFactsAboutTheService) {
  Open();
  EXPECT_THAT(store_->GetMeta("last_port"), IsOkAndHolds(std::optional<std::string>()));
  ASSERT_OK(store_->SetMeta("last_port", "1"));
  ASSERT_OK(store_->SetMeta("last_port", "2"));
  Open();
  EXPECT_THAT(store_->GetMeta("last_port"), IsOkAndHolds(std::optional<std::string>("2")));
}

TEST_F(StoreTest, CountsEveryRowThatTwoThreadsReport) {
  Open();
  std::vector<std::thread> threads;
  for (int trial : {0, 1}) {
    threads.emplace_back([this, trial] {
      for (int row = 0; row < 50; ++row) {
        EXPECT_OK(store_->AppendMetrics({1, trial}, 1, {Row(row, row)}, kNow));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(*store_->Metrics({1, 0}, 1, 0, 1000), SizeIs(50));
  EXPECT_THAT(*store_->Metrics({1, 1}, 1, 0, 1000), SizeIs(50));
}

TEST_F(StoreTest, KeepsWhatTheSchedulerDecidesBy) {
  Open();
  NewExperiment experiment = TwoTrials();
  experiment.priority = -7;
  experiment.fail_fast = true;
  ASSERT_OK(store_->Submit(experiment, kNow));
  ASSERT_OK(store_->Submit(TwoTrials("other"), kNow));
  Open();
  ASSERT_OK_AND_ASSIGN(const std::vector<TrialRecord> trials, store_->UnfinishedTrials());
  ASSERT_THAT(trials, SizeIs(4));
  EXPECT_EQ(trials[1].restarts, 2);
  EXPECT_EQ(trials[1].priority, -7);
  EXPECT_TRUE(trials[1].fail_fast);
  EXPECT_EQ(trials[2].priority, 0);
  EXPECT_FALSE(trials[2].fail_fast);
  EXPECT_EQ(store_->GetTrial({1, 0})->priority, -7);
}

TEST_F(StoreTest, AnswersWithPriorityFailFastAndTuning) {
  Open();
  NewExperiment experiment = TwoTrials();
  experiment.priority = 3;
  experiment.fail_fast = true;
  experiment.tuning = true;
  ASSERT_OK(store_->Submit(experiment, kNow));
  ASSERT_OK_AND_ASSIGN(const std::vector<v1::Experiment> all, store_->ListExperiments(1));
  for (const v1::Experiment& answer : {*store_->GetExperiment(1), all[0]}) {
    EXPECT_EQ(answer.priority(), 3);
    EXPECT_TRUE(answer.fail_fast());
    EXPECT_TRUE(answer.tuning());
  }
}

TEST_F(StoreTest, KeepsWhatEarlyStoppingKnowsWithTheTrialsThatItChanges) {
  Open();
  NewExperiment experiment = TwoTrials();
  experiment.early_stopping = {"model/loss", 100, 4, 2};
  ASSERT_OK(store_->Submit(experiment, kNow));
  ASSERT_OK(store_->Submit(TwoTrials("without"), kNow));
  EXPECT_FALSE(store_->GetEarlyStopping(2)->has_value());
  TrialRecord waiting = *store_->GetTrial({1, 1});
  waiting.trial.set_state(v1::PAUSED);
  waiting.at_rung = true;
  const EarlyStoppingUpdate update = {{{{1, 1}, 1, -7.5}, {{1, 1}, 2, -kInfinity}}, {{1, 0, 2}}};
  ASSERT_OK(store_->UpdateTrials({{&waiting, nullptr}}, update));
  const EarlyStoppingUpdate later = {{{{1, 1}, 1, 99}}, {{1, 0, 3}}};
  ASSERT_OK(store_->UpdateTrials({}, later)) << "a result stays what it was first";
  Open();
  ASSERT_OK_AND_ASSIGN(const auto stored, store_->GetEarlyStopping(1));
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->early_stopping.metric, "model/loss");
  EXPECT_EQ(stored->early_stopping.first_rung, 100);
  EXPECT_EQ(stored->early_stopping.reduction, 4);
  EXPECT_EQ(stored->early_stopping.seeds, 2);
  ASSERT_THAT(stored->results, SizeIs(2));
  EXPECT_EQ(stored->results[0].trial, (TrialId{1, 1}));
  EXPECT_EQ(stored->results[0].value, -7.5);
  EXPECT_EQ(stored->results[1].rung, 2);
  EXPECT_EQ(stored->results[1].value, -kInfinity);
  ASSERT_THAT(stored->promotions, SizeIs(1));
  EXPECT_EQ(stored->promotions[0].rung, 3);
  ASSERT_OK_AND_ASSIGN(const TrialRecord trial, store_->GetTrial({1, 1}));
  EXPECT_TRUE(trial.at_rung);
  EXPECT_EQ(trial.trial.rungs(), 2);
  EXPECT_EQ(store_->GetTrial({1, 0})->trial.rungs(), 0);
}

TEST_F(StoreTest, UpdatesSeveralTrialsOrNone) {
  Open();
  ASSERT_OK(store_->Submit(TwoTrials(), kNow));
  ASSERT_OK(store_->Submit(TwoTrials("other"), kNow));
  ASSERT_OK_AND_ASSIGN(std::vector<TrialRecord> trials, store_->UnfinishedTrials());
  std::vector<TrialUpdate> updates;
  for (int i : {0, 1, 2}) {
    trials[i].trial.set_state(v1::CANCELLED);
    *trials[i].trial.mutable_ended_at() = ToTimestamp(kNow);
    updates.push_back({&trials[i], nullptr});
  }
  v1::AttemptRecord attempt;
  attempt.set_attempt(1);
  attempt.set_reason("why");
  updates[1].ended = &attempt;
  ASSERT_OK(store_->UpdateTrials(updates));
  EXPECT_THAT(*store_->UnfinishedTrials(), SizeIs(1));
  EXPECT_TRUE(store_->GetExperiment(1)->has_ended_at());
  EXPECT_FALSE(store_->GetExperiment(2)->has_ended_at());
  EXPECT_EQ(store_->GetTrial({1, 1})->trial.attempts(0).reason(), "why");

  store_.reset();
  ASSERT_OK_AND_ASSIGN(store_, Store::Open(path_, /*max_pages=*/1));  // at least what there is
  trials[2].trial.set_state(v1::QUEUED);
  trials[3].trial.set_reason(std::string(1 << 20, '#'));
  EXPECT_THAT(store_->UpdateTrials({{&trials[2], nullptr}, {&trials[3], nullptr}}),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(store_->GetTrial({2, 0})->trial.state(), v1::CANCELLED);
}

}  // namespace
}  // namespace vagram
