// The loop with updates that use the learned model themselves.
#include "absl/strings/match.h"
#include "learner/trial_loop_fixture.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::TrialConfig WithTarget(const std::string& target) {
  v1::TrialConfig config = TinyConfig();
  config.mutable_sac()->set_target(target);
  config.mutable_sac()->set_expansion_horizon(2);
  return config;
}

std::vector<std::string> ExpansionNames(const v1::MetricRow& row) {
  std::vector<std::string> names;
  for (const v1::Metric& metric : row.metrics()) {
    if (absl::StartsWith(metric.name(), "expansion/")) names.push_back(metric.name());
  }
  return names;
}

TEST_F(TrialLoopTest, PullsEveryModelThatItsTargetsAreExpandedWith) {
  v1::TrialConfig config = WithTarget("mve");
  config.set_num_steps(17);
  config.mutable_imagine()->clear_model_share();
  ASSERT_THAT(Run(config), IsOk());
  std::vector<std::string> expected(10, "warm-up step");
  for (const char* entry :
       {"train to 10", "get model 1", "evaluate", "step", "step", "step", "step", "step",
        "train to 15", "get model 2", "step", "step", "evaluate"}) {
    expected.push_back(entry);
  }
  EXPECT_EQ(journal_, expected) << "nothing uses imagination, so there is none";
  EXPECT_THAT(ExpansionNames(reporter_.rows[0]), ElementsAre("expansion/path_length"));
  EXPECT_EQ(reporter_.Value(1, "expansion/path_length"), 2) << "nothing terminates here";
}

TEST_F(TrialLoopTest, ReportsTheMeanWeightOfEveryHorizon) {
  ASSERT_THAT(Run(WithTarget("steve")), IsOk());
  EXPECT_THAT(ExpansionNames(reporter_.rows[0]),
              ElementsAre("expansion/weight_h0", "expansion/weight_h1", "expansion/weight_h2"));
  const double sum = reporter_.Value(1, "expansion/weight_h0") +
                     reporter_.Value(1, "expansion/weight_h1") +
                     reporter_.Value(1, "expansion/weight_h2");
  EXPECT_NEAR(sum, 1, 1e-5);
}

TEST_F(TrialLoopTest, OneStepTargetsPullNoModelAndReportNoExpansion) {
  ASSERT_THAT(Run(WithTarget("one_step")), IsOk());
  for (const std::string& entry : journal_) EXPECT_THAT(entry, ::testing::Not(HasSubstr("get")));
  EXPECT_TRUE(ExpansionNames(reporter_.rows[0]).empty());
}

TEST_F(TrialLoopTest, RefusesExpansionWithoutAModel) {
  v1::TrialConfig config = WithTarget("mve");
  config.set_algorithm("sac");
  EXPECT_THAT(Run(config), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("sac.target")));
}

TEST(TrialLoopDeterminismTest, EveryTargetIsAPureFunctionOfTheSeedAndDiffersFromTheOthers) {
  v1::TrialConfig own_steps = TinyConfig();
  own_steps.mutable_imagine()->set_one_step_share(0.25);
  std::set<double> checksums = {ChecksumAfter(TinyConfig(), 1)};
  for (const v1::TrialConfig& config : {WithTarget("mve"), WithTarget("steve"), own_steps}) {
    const double checksum = ChecksumAfter(config, 1);
    EXPECT_EQ(ChecksumAfter(config, 1), checksum);
    EXPECT_NE(ChecksumAfter(config, 2), checksum);
    EXPECT_TRUE(checksums.insert(checksum).second);
  }
  EXPECT_TRUE(checksums.count(ChecksumAfter(WithTarget("one_step"), 1)));
}

}  // namespace
}  // namespace vagram
