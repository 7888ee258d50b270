#include "learner/trial_loop.h"

#include <cmath>

#include "learner/trial_loop_fixture.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(TrialLoopTest, RefusesNetworksThatNoMessageHolds) {
  v1::TrialConfig config = TinyConfig();
  config.mutable_sac()->clear_hidden_sizes();
  for (int layer = 0; layer < 2; ++layer) config.mutable_sac()->add_hidden_sizes(4096);
  EXPECT_THAT(Run(config), StatusIs(absl::StatusCode::kInvalidArgument,
                                    AllOf(HasSubstr("sac.hidden_sizes is [4096, 4096]"),
                                          HasSubstr("at most 67107840"))));

  config = TinyConfig();
  config.mutable_model()->clear_hidden_sizes();
  for (int layer = 0; layer < 2; ++layer) config.mutable_model()->add_hidden_sizes(2400);
  EXPECT_THAT(Run(config), IsOk()) << "the updates do not pull the model";
  config.mutable_imagine()->set_one_step_share(0.5);
  EXPECT_THAT(Run(config), StatusIs(absl::StatusCode::kInvalidArgument,
                                    HasSubstr("model.hidden_sizes is [2400, 2400], "
                                              "model.members 3: the model takes")));
}

TEST_F(TrialLoopTest, FollowsTheAlgorithmInOrder) {
  v1::TrialConfig config = TinyConfig();
  config.set_num_steps(17);
  ASSERT_THAT(Run(config), IsOk());
  std::vector<std::string> expected(10, "warm-up step");
  for (const char* entry : {"train to 10", "imagine 20", "evaluate", "step", "step", "step", "step",
                            "step", "train to 15", "imagine 20", "step", "step", "evaluate"}) {
    expected.push_back(entry);
  }
  EXPECT_EQ(journal_, expected);
}

TEST_F(TrialLoopTest, ReportsOneRowPerEpochAndALastPartialOne) {
  ASSERT_THAT(Run(TinyConfig()), IsOk());
  ASSERT_EQ(reporter_.rows.size(), 3u);
  EXPECT_EQ(reporter_.rows[2].step(), 25);
  EXPECT_EQ(reporter_.rows[2].epoch(), 2);
  EXPECT_EQ(reporter_.Value(0, "evaluate/return_mean"), 1);
  EXPECT_EQ(reporter_.Value(1, "collect/return_mean"), -20);
  EXPECT_TRUE(std::isnan(reporter_.Value(2, "collect/return_mean")));
  EXPECT_EQ(reporter_.Value(1, "model/holdout_score"), 3);
  EXPECT_EQ(reporter_.Value(2, "sac/updates"), 2 * 16);
  EXPECT_EQ(reporter_.Value(1, "imagine/transitions"), 30);
  EXPECT_EQ(reporter_.Value(1, "imagine/accepted_share"), 0.75);
  EXPECT_EQ(reporter_.Value(1, "imagine/branch_length_mean"), 0.75);
  EXPECT_EQ(reporter_.progress.step(), 25);
  EXPECT_EQ(reporter_.progress.activity(), "finished");
}

std::vector<std::string> Names(const v1::MetricRow& row) {
  std::vector<std::string> names;
  for (const v1::Metric& metric : row.metrics()) names.push_back(metric.name());
  return names;
}

TEST_F(TrialLoopTest, ReportsHowGoodModelAndCriticsAre) {
  v1::TrialConfig config = TinyConfig();
  config.mutable_model()->set_members(2);
  config.mutable_model()->set_elites(1);
  config.mutable_diagnose()->set_horizon(2);
  config.mutable_diagnose()->set_states(8);
  dynamics_.diagnostics = {"diagnose/model_error_h1", "diagnose/gradient_weight_1"};
  ASSERT_THAT(Run(config), IsOk());
  EXPECT_EQ(reporter_.Value(1, "model/holdout_score_0"), 2);
  EXPECT_EQ(reporter_.Value(1, "model/holdout_score_1"), 4);
  EXPECT_EQ(reporter_.Value(1, "model/elite_0"), 1);
  EXPECT_EQ(reporter_.Value(1, "diagnose/model_error_h1"), 1);
  EXPECT_EQ(reporter_.Value(1, "diagnose/gradient_weight_1"), 2);
  EXPECT_TRUE(std::isnan(reporter_.Value(1, "diagnose/value_error_h2"))) << "was not measured";
  EXPECT_TRUE(std::isfinite(reporter_.Value(1, "diagnose/q_bias_real")));
  // Trained after 10, 15 and 20 steps, with two updates per step between.
  EXPECT_TRUE(std::isnan(reporter_.Value(0, "model/critic_age")));
  EXPECT_EQ(reporter_.Value(1, "model/critic_age"), 10);
  EXPECT_EQ(Names(reporter_.rows[0]), Names(reporter_.rows[1]));
}

TEST_F(TrialLoopTest, MeasuresNothingMoreWhenDiagnosticsAreOff) {
  ASSERT_THAT(Run(TinyConfig()), IsOk());
  EXPECT_THAT(Names(reporter_.rows[0]), ::testing::Not(::testing::Contains(HasSubstr("diagnose"))));
}

TEST_F(TrialLoopTest, RefusesAMeasurementItDoesNotKnow) {
  dynamics_.diagnostics = {"diagnose/of_the_future"};
  EXPECT_THAT(Run(TinyConfig()), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr("run the same version everywhere")));
}

TEST_F(TrialLoopTest, ModelFreeTrialsNeverAskForAModel) {
  v1::TrialConfig config = TinyConfig();
  config.set_algorithm("sac");
  ASSERT_THAT(Run(config), IsOk());
  for (const std::string& entry : journal_) EXPECT_THAT(entry, ::testing::Not(HasSubstr("train")));
  EXPECT_EQ(reporter_.Value(2, "sac/updates"), 2 * 16);
}

TEST_F(TrialLoopTest, PassesOnTheFirstErrorOfAPeer) {
  actors_.fail_at_step = 12;
  EXPECT_THAT(Run(TinyConfig()), StatusIs(absl::StatusCode::kUnavailable, "the actor is gone"));
}

TEST_F(TrialLoopTest, StopsAtARewardThatIsNotANumber) {
  actors_.poison_at_step = 12;
  EXPECT_THAT(Run(TinyConfig()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("at step 12"), HasSubstr("column reward holds nan"))));
}

TEST_F(TrialLoopTest, StopsWithADiagnosisWhenTheAgentDiverges) {
  dynamics_.poisoned = true;
  const absl::Status status = Run(TinyConfig());
  EXPECT_TRUE(IsDiverged(status));
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kInternal,
                       AllOf(HasSubstr("at step 10"), HasSubstr("the critics' loss"),
                             HasSubstr("in update 1"), HasSubstr("sac.critic_learning_rate"))));
  EXPECT_TRUE(reporter_.rows.empty()) << "the epoch that diverged is not reported";
}

TEST_F(TrialLoopTest, StopsWhenTheModelDiverges) {
  dynamics_.train_loss = std::numeric_limits<double>::infinity();
  const absl::Status status = Run(TinyConfig());
  EXPECT_TRUE(IsDiverged(status));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal,
                               AllOf(HasSubstr("at step 10"), HasSubstr("training loss is inf"),
                                     HasSubstr("model.learning_rate"))));
}

TEST_F(TrialLoopTest, StopsWhenNoImaginedBranchIsLeft) {
  dynamics_.keeps_no_branch = true;
  const absl::Status status = Run(TinyConfig());
  EXPECT_TRUE(IsDiverged(status));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal,
                               AllOf(HasSubstr("at step 10"), HasSubstr("none of 20"))));
}

TEST_F(TrialLoopTest, TrainsWithEverySwitchOfTheAgent) {
  v1::TrialConfig config = TinyConfig();
  config.mutable_sac()->set_layer_norm(true);
  config.mutable_sac()->set_feature_normalization(true);
  config.mutable_sac()->set_dropout(0.1);
  config.mutable_sac()->set_critics(4);
  config.mutable_sac()->set_target_subset(2);
  ASSERT_THAT(Run(config), IsOk());
  // As without them, and 8 gains and 8 offsets.
  EXPECT_EQ(reporter_.policies[0].policy().actor().values().data().size(),
            4u * (2 * 8 + 8 + 2 * 8 + 2 * (8 + 1)));
}

TEST_F(TrialLoopTest, LeavesItsLastPolicyBehind) {
  ASSERT_THAT(Run(TinyConfig()), IsOk());
  ASSERT_EQ(reporter_.policies.size(), 1u);
  EXPECT_TRUE(reporter_.ends[0]);
  const v1::PolicyFile& policy = reporter_.policies[0];
  EXPECT_EQ(policy.env().id(), "Tiny");
  EXPECT_EQ(policy.env().obs_dim(), 2);
  EXPECT_EQ(policy.env().act_dim(), 1);
  EXPECT_EQ(policy.epoch(), 2);
  EXPECT_EQ(policy.step(), 25);
  EXPECT_EQ(policy.return_mean(), 1);
  EXPECT_EQ(policy.config().sac().hidden_sizes(0), 8);
  EXPECT_EQ(policy.policy().actor().version(), 2 * 16);
  // 2 x 8 weights and 8 biases, then a mean and a deviation of 8 weights and a bias each.
  EXPECT_EQ(policy.policy().actor().values().data().size(), 4u * (2 * 8 + 8 + 2 * (8 + 1)));
}

TEST_F(TrialLoopTest, HandsOutPoliciesWhereVideosAreAskedFor) {
  v1::TrialConfig config = TinyConfig();
  config.set_num_steps(50);
  config.mutable_evaluate()->set_every_epochs(3);
  config.mutable_evaluate()->set_video(2);
  ASSERT_THAT(Run(config), IsOk());
  std::vector<int64_t> epochs;
  for (const v1::PolicyFile& policy : reporter_.policies) epochs.push_back(policy.epoch());
  EXPECT_THAT(epochs, ElementsAre(1, 3, 4));
  EXPECT_THAT(reporter_.ends, ElementsAre(false, false, true));
  EXPECT_FALSE(reporter_.policies[0].has_return_mean()) << "it was not evaluated then";
  EXPECT_TRUE(reporter_.policies[2].has_return_mean());
}

TEST_F(TrialLoopTest, DoesNotEndWellWithItsPolicyLost) {
  reporter_.policy_status = absl::UnavailableError("disk full");
  EXPECT_THAT(Run(TinyConfig()), StatusIs(absl::StatusCode::kUnavailable, "disk full"));
}

TEST_F(TrialLoopTest, EndsOnStop) {
  stop_.Trip("preempted");
  EXPECT_THAT(Run(TinyConfig()), StatusIs(absl::StatusCode::kCancelled, "preempted"));
  EXPECT_TRUE(journal_.empty());
}

TEST(TrialLoopDeterminismTest, IsAPureFunctionOfTheSeed) {
  EXPECT_EQ(ChecksumAfter(TinyConfig(), 1), ChecksumAfter(TinyConfig(), 1));
  EXPECT_NE(ChecksumAfter(TinyConfig(), 1), ChecksumAfter(TinyConfig(), 2));
}

}  // namespace
}  // namespace vagram
