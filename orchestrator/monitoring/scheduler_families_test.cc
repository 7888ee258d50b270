#include "orchestrator/monitoring/scheduler_families.h"

#include <prometheus/text_serializer.h>

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/monitoring/metric_family.h"

namespace vagram {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

// Lines of the text that Prometheus reads.
std::vector<std::string> Lines(const std::vector<prometheus::MetricFamily>& families) {
  return absl::StrSplit(prometheus::TextSerializer().Serialize(families), '\n', absl::SkipEmpty());
}

ActiveTrial Active(int64_t index) {
  ActiveTrial active;
  active.experiment = 3;
  active.trial.set_id(absl::StrCat("3/", index));
  active.trial.set_label("model.loss=mle seed=4");
  active.trial.set_seed(4);
  active.trial.set_attempt(2);
  active.trial.mutable_config()->set_algorithm("mbpo");
  active.trial.mutable_config()->set_num_steps(5000);
  active.trial.mutable_config()->mutable_env()->set_id("Hopper-v4");
  active.trial.mutable_config()->mutable_model()->set_loss("mle");
  return active;
}

TEST(SchedulerFamiliesTest, DescribeEveryActiveTrial) {
  SchedulerStatistics statistics;
  statistics.active = {Active(0)};
  ActiveTrial& active = statistics.active[0];
  active.trial.mutable_progress()->set_step(1234);
  active.trial.mutable_progress()->set_updates_per_second(20.5);
  active.trial.mutable_progress()->set_episode_return(-160);
  active.env_steps_per_second = 2.5;
  active.worked_at = absl::FromUnixMillis(1'700'000'000'250);
  EXPECT_THAT(
      Lines(TrialFamilies(statistics)),
      IsSupersetOf(
          {R"(# TYPE vagram_trial_env_steps gauge)",
           R"(vagram_trial_env_steps{experiment="3",trial="3/0",loss="mle"} 1234)",
           R"(vagram_trial_env_steps_goal{experiment="3",trial="3/0",loss="mle"} 5000)",
           R"(vagram_trial_env_steps_per_second{experiment="3",trial="3/0",loss="mle"} 2.5)",
           R"(vagram_trial_updates_per_second{experiment="3",trial="3/0",loss="mle"} 20.5)",
           R"(vagram_trial_episode_return{experiment="3",trial="3/0",loss="mle"} -160)",
           R"(vagram_trial_attempt{experiment="3",trial="3/0",loss="mle"} 2)",
           R"(vagram_trial_last_progress_timestamp_seconds{experiment="3",trial="3/0",loss="mle"} )"
           "1700000000.25",
           R"(vagram_trial_info{experiment="3",trial="3/0",loss="mle",label="model.loss=mle seed=4")"
           R"(,algorithm="mbpo",env="Hopper-v4",seed="4"} 1)",
           "vagram_omitted_trials 0"}));
}

TEST(SchedulerFamiliesTest, SayNothingOfWhatIsNotKnownYet) {
  SchedulerStatistics statistics;
  statistics.active = {Active(0), Active(1)};
  statistics.active[0].trial.mutable_progress()->set_episode_return(std::nan(""));
  const std::vector<std::string> lines = Lines(TrialFamilies(statistics));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("vagram_trial_episode_return{"))));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("vagram_trial_env_steps_per_second{"))));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("vagram_trial_last_progress_timestamp_seconds{"))));
  EXPECT_THAT(lines,
              Not(Contains(HasSubstr(R"(vagram_trial_env_steps{experiment="3",trial="3/1")"))));
}

TEST(SchedulerFamiliesTest, GiveModelFreeTrialsNoLoss) {
  SchedulerStatistics statistics;
  statistics.active = {Active(0)};
  statistics.active[0].trial.mutable_config()->set_algorithm("sac");
  EXPECT_THAT(Lines(TrialFamilies(statistics)),
              Contains(R"(vagram_trial_attempt{experiment="3",trial="3/0",loss="none"} 2)"));
}

TEST(SchedulerFamiliesTest, LeaveOutTrialsBeyondABoundAndSaySo) {
  SchedulerStatistics statistics;
  for (size_t i = 0; i < kMaxTrialSeries + 7; ++i) {
    statistics.active.push_back(Active(static_cast<int64_t>(i)));
  }
  const std::vector<prometheus::MetricFamily> families = TrialFamilies(statistics);
  for (const prometheus::MetricFamily& family : families) {
    EXPECT_LE(family.metric.size(), kMaxTrialSeries) << family.name;
  }
  EXPECT_THAT(Lines(families), Contains("vagram_omitted_trials 7"));
}

TEST(SchedulerFamiliesTest, NameEveryStateAndRole) {
  EXPECT_THAT(
      Lines({TrialStateFamily({{v1::QUEUED, 12}, {v1::SUCCEEDED, 3}})}),
      IsSupersetOf({R"(vagram_trials{state="queued"} 12)", R"(vagram_trials{state="succeeded"} 3)",
                    R"(vagram_trials{state="stalled"} 0)"}));
  SchedulerStatistics statistics;
  statistics.slots = 4;
  statistics.totals.env_steps = 1'000'000'007;
  statistics.totals.time_use[v1::MODEL_SERVER].starved = 1.25;
  EXPECT_THAT(
      Lines(TotalFamilies(statistics)),
      IsSupersetOf({"vagram_slots 4", "# TYPE vagram_env_steps_total counter",
                    "vagram_env_steps_total 1000000007",
                    R"(vagram_worker_seconds_total{role="model_server",state="starved"} 1.25)",
                    R"(vagram_worker_seconds_total{role="actor",state="blocked"} 0)"}));
}

TEST(SchedulerFamiliesTest, KeepHostileLabelsWithinTheirQuotes) {
  prometheus::MetricFamily family = GaugeFamily("g", "help");
  AddSeries(family, {{"l", "a\"} 1\nb{c=\"\\\xff" + std::string(1000, 'x')}}, 1);
  const std::vector<std::string> lines = Lines({family});
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_THAT(lines[2], ::testing::StartsWith(R"(g{l="a\"} 1\nb{c=\"\\?xxx)"));
  EXPECT_LT(lines[2].size(), 600u);
}

}  // namespace
}  // namespace vagram
