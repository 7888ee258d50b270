#include "orchestrator/monitoring/service_metrics.h"

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/monitoring/call_metrics.h"
#include "orchestrator/scheduler_fixture.h"

namespace vagram {
namespace {

using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

class ServiceMetricsTest : public SchedulerFixture {
 protected:
  std::vector<std::string> Lines() {
    v1::ServiceInfo info;
    info.set_version("1.2.3");
    info.set_home(home_);
    info.mutable_started_at()->set_seconds(1'700'000'000);
    const ServiceMetrics metrics({store_.get(), scheduler_.get(), &videos_, &calls_}, info);
    return absl::StrSplit(metrics.Text(), '\n', absl::SkipEmpty());
  }

  CallMetrics calls_;
};

TEST_F(ServiceMetricsTest, TellsOfTheServiceItsTrialsAndItsProcess) {
  Start();
  const TrialId id = RunningTrial();
  Submit(3);
  scheduler_->Tick();
  ASSERT_OK(Progress(id, 1, 100));
  EXPECT_THAT(
      Lines(),
      IsSupersetOf({R"(vagram_build_info{version="1.2.3"} 1)", "vagram_pending_videos 0",
                    "vagram_slots 2", "vagram_used_slots 2", R"(vagram_trials{state="running"} 1)",
                    R"(vagram_trials{state="starting"} 1)", R"(vagram_trials{state="queued"} 2)",
                    "vagram_launched_attempts_total 2",
                    R"(vagram_trial_env_steps{experiment="1",trial="1/0",)"
                    R"(loss="none"} 100)",
                    "process_start_time_seconds 1700000000"}));
  EXPECT_THAT(Lines(), Contains(ContainsRegex("^process_resident_memory_bytes [0-9]{6}")));
  EXPECT_THAT(Lines(), Contains(ContainsRegex("^vagram_home_free_bytes [0-9]")));
}

TEST_F(ServiceMetricsTest, CountsAndTimesCalls) {
  Start();
  constexpr char kReport[] = "/vagram.v1.Workers/ReportMetrics";
  calls_.OnAnswer(kReport, true, absl::StatusCode::kOk, absl::Milliseconds(4));
  calls_.OnAnswer(kReport, true, absl::StatusCode::kOk, absl::Milliseconds(30));
  calls_.OnAnswer(kReport, true, absl::StatusCode::kAborted, absl::Seconds(20));
  calls_.OnAnswer("/vagram.v1.Experiments/WatchExperiment", false, absl::StatusCode::kCancelled,
                  absl::Hours(1));
  const std::string report = R"(method="ReportMetrics",service="vagram.v1.Workers")";
  EXPECT_THAT(
      Lines(),
      IsSupersetOf({R"(vagram_rpcs_total{code="OK",)" + report + "} 2",
                    R"(vagram_rpcs_total{code="ABORTED",)" + report + "} 1",
                    std::string(R"(vagram_rpcs_total{code="CANCELLED",method="WatchExperiment",)") +
                        R"(service="vagram.v1.Experiments"} 1)",
                    "vagram_rpc_seconds_count{" + report + "} 3",
                    "vagram_rpc_seconds_bucket{" + report + R"(,le="0.005"} 1)",
                    "vagram_rpc_seconds_bucket{" + report + R"(,le="10"} 2)",
                    "vagram_rpc_seconds_bucket{" + report + R"(,le="+Inf"} 3)"}));
  EXPECT_THAT(Lines(), Not(Contains(HasSubstr("vagram_rpc_seconds_count{method=\"Watch"))));
}

TEST_F(ServiceMetricsTest, MakesNoSeriesOfMethodsThatAreNotItsOwn) {
  Start();
  const size_t before = Lines().size();
  for (const char* method : {"unknown", "", "/vagram.v1.Workers/Nothing", "/x/y\n"}) {
    calls_.OnAnswer(method, true, absl::StatusCode::kUnimplemented, absl::ZeroDuration());
  }
  EXPECT_EQ(Lines().size(), before);
}

TEST_F(ServiceMetricsTest, DescribesEachMetricOnce) {
  Start();
  RunningTrial();
  std::map<std::string, int> helps;
  for (const std::string& line : Lines()) {
    if (line.rfind("# HELP ", 0) == 0) {
      ++helps[std::vector<std::string>(absl::StrSplit(line, ' '))[2]];
    }
  }
  EXPECT_GT(helps.size(), 20u);
  for (const auto& [name, count] : helps) EXPECT_EQ(count, 1) << name;
}

TEST_F(ServiceMetricsTest, LeavesOutTheDiskOfAFolderThatIsGone) {
  Start();
  std::filesystem::remove_all(home_);
  EXPECT_THAT(Lines(), Not(Contains(HasSubstr("vagram_home_free_bytes"))));
  EXPECT_THAT(Lines(), Contains("vagram_slots 2"));
}

}  // namespace
}  // namespace vagram
