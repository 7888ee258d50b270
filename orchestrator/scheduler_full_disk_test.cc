// What becomes of reports and submissions while the store's disk is full.
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "core/rpc/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/scheduler.h"
#include "orchestrator/scheduler_fixture.h"
#include "orchestrator/workers_service.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class SchedulerFullDiskTest : public SchedulerFixture {
 protected:
  SchedulerFullDiskTest() { Start(); }

  // The store may grow no more, or again. It is opened anew, as by the next orchestrator.
  void SetFull(bool full) {
    max_pages_ = full ? 1 : 0;  // at least what there is
    Start();
  }

  // Two rows, the second of which needs many pages.
  v1::ReportMetricsRequest LargeReport(const TrialId& id) {
    v1::ReportMetricsRequest request;
    request.set_trial_id(id.ToString());
    request.set_attempt(1);
    for (int row = 0; row < 2; ++row) {
      v1::MetricRow& metrics = *request.add_rows();
      metrics.set_row(row);
      metrics.set_epoch(row + 1);
    }
    for (int i = 0; i < 10000; ++i) {
      v1::Metric& metric = *request.mutable_rows(1)->add_metrics();
      metric.set_name(absl::StrCat("metric/", i));
      metric.set_value(i);
    }
    return request;
  }

  absl::StatusOr<int64_t> Call(const v1::ReportMetricsRequest& request) {
    WorkersService service(scheduler_.get());
    v1::ReportMetricsResponse response;
    const absl::Status status = FromGrpcStatus(service.ReportMetrics(nullptr, &request, &response));
    if (!status.ok()) return status;
    return response.stored_rows();
  }
};

TEST_F(SchedulerFullDiskTest, StoresNothingOfAReportForWhichThereIsNoRoomAndAllOfItOnceThereIs) {
  const TrialId id = RunningTrial();
  SetFull(true);
  const v1::ReportMetricsRequest report = LargeReport(id);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(
        Call(report),
        StatusIs(absl::StatusCode::kResourceExhausted,
                 AllOf(HasSubstr("database " + home_ + "/vagram.db"), HasSubstr("full"),
                       HasSubstr("free some disk space; the trial waits and goes on once"))));
  }
  EXPECT_THAT(store_->NumMetrics(id, 1), IsOkAndHolds(0));
  EXPECT_THAT(scheduler_->Heartbeat(HeartbeatOf(id, 1, v1::LEARNER)), IsOkAndHolds(false));
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  SetFull(false);
  EXPECT_THAT(Call(report), IsOkAndHolds(2));
  EXPECT_THAT(Call(report), IsOkAndHolds(2)) << "a repeat";
  EXPECT_THAT(*store_->Metrics(id, 1, 0, 100), SizeIs(2));
  std::ostringstream csv;
  csv << std::ifstream(results_->Folder(id) + "/metrics.csv").rdbuf();
  EXPECT_THAT(csv.str(), AllOf(HasSubstr("\n1,0,0,"), HasSubstr("\n2,0,0,0,1,2,3,")));
  EXPECT_EQ(Get(id).attempt(), 1);
}

TEST_F(SchedulerFullDiskTest, MakesNothingOfASubmissionForWhichThereIsNoRoom) {
  Submit(1);
  SetFull(true);
  NewExperiment experiment;
  experiment.client_request_id = "the one";
  experiment.spec_yaml = std::string(1 << 20, '#');
  for (int i = 0; i < 3; ++i) experiment.trials.emplace_back();
  EXPECT_THAT(scheduler_->Submit(experiment),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       AllOf(HasSubstr("vagram.db"), HasSubstr("free some disk space"))));
  EXPECT_FALSE(scheduler_->Find({2, 0}).has_value());
  EXPECT_THAT(*store_->ListExperiments(10), SizeIs(1));
  EXPECT_THAT(store_->FindRequest("the one"), IsOkAndHolds(std::optional<int64_t>()));
  SetFull(false);
  ASSERT_OK_AND_ASSIGN(const Submission submission, scheduler_->Submit(experiment));
  EXPECT_FALSE(submission.already_existed);
  EXPECT_THAT(store_->GetExperiment(submission.experiment)->trials(), SizeIs(3));
}

}  // namespace
}  // namespace vagram
