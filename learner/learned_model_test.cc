#include "learner/learned_model.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "core/dynamics/ensemble_codec.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kRows = 4;
constexpr double kDiscount = 0.5;
constexpr double kAlpha = 0.1;
constexpr double kTargetValue = 8;  // of every target critic, everywhere

// One observation that counts steps; an episode ends at 10.
Task CountingTask() {
  Task task;
  task.id = "Counting";
  task.obs_dim = 1;
  task.act_dim = 1;
  task.act_low = {-1};
  task.act_high = {1};
  task.terminated = [](absl::Span<const float> observation) { return observation[0] >= 10; };
  task.observed_reward = [](absl::Span<const float> observation, absl::Span<const float>,
                            absl::Span<const float>) { return 2.0 * observation[0]; };
  return task;
}

v1::TrialConfig Config(const std::string& target, int horizon = 2) {
  v1::TrialConfig config;
  config.set_seed(1);
  config.mutable_sac()->set_target(target);
  config.mutable_sac()->set_expansion_horizon(horizon);
  config.mutable_sac()->set_discount(kDiscount);
  config.mutable_model()->set_loss("mse");
  config.mutable_model()->set_members(3);
  config.mutable_model()->set_activation("silu");
  return config;
}

// Linear members: s' = s + 1 + state_error[m], reward s + reward_error[m].
v1::GetModelResponse Model(const std::vector<float>& state_error,
                           const std::vector<float>& reward_error) {
  Ensemble::Options options;
  options.obs_dim = 1;
  options.act_dim = 1;
  options.members = 3;
  options.hidden_sizes = {};
  std::unique_ptr<Ensemble> ensemble = Ensemble::Create(options, 1).value();
  ensemble->parameters().zero_();
  for (int m = 0; m < 3; ++m) {
    const at::Tensor weight = ensemble->parameters().narrow(0, m * 4, 4).view({2, 2});
    weight[0][1] = 1;  // reward = s
    const at::Tensor bias = ensemble->parameters().narrow(0, 12 + m * 2, 2);
    bias[0] = 1 + state_error[m];
    bias[1] = reward_error[m];
  }
  return EncodeEnsemble(*ensemble, 1);
}

class LearnedModelTest : public ::testing::Test {
 protected:
  LearnedModelTest() {
    SacOptions options;
    options.obs_dim = 1;
    options.act_dim = 1;
    options.act_low = {-1};
    options.act_high = {1};
    options.hidden_sizes = {4};
    options.batch_size = kRows;
    options.discount = kDiscount;
    options.initial_temperature = kAlpha;
    sac_ = Sac::Create(options, 1).value();
    // Critics without weights are worth their last bias everywhere.
    sac_->networks().targets.zero_();
    sac_->networks().targets.narrow(0, sac_->networks().targets.numel() - 2, 2).fill_(kTargetValue);
    // Real transitions from s to s + 1 with reward s; the last one terminates.
    batch_.state = at::tensor({1.0f, 5.0f, 7.0f, 9.0f}).view({kRows, 1});
    batch_.action = at::zeros({kRows, 1}, at::kFloat);
    batch_.reward = batch_.state.clone();
    batch_.next_state = batch_.state + 1;
    batch_.terminated = at::tensor({0.0f, 0.0f, 0.0f, 1.0f}).view({kRows, 1});
  }
  std::unique_ptr<LearnedModel> Loaded(const v1::TrialConfig& config,
                                       const v1::GetModelResponse& model) {
    auto learned = LearnedModel::Create(config, task_, *sac_);
    EXPECT_THAT(learned.status(), IsOk());
    EXPECT_THAT((*learned)->Load(model), IsOk());
    return *std::move(learned);
  }
  // Temperature 0 leaves the arithmetic without chance.
  CriticExamples Expand(LearnedModel& model, double alpha = 0) {
    return model.Expand(batch_, at::full({1}, alpha, at::kFloat), at::Tensor());
  }

  const Task task_ = CountingTask();
  std::unique_ptr<Sac> sac_;
  SacBatch batch_;
};

TEST_F(LearnedModelTest, MveWithTheTrueModelTrainsEveryPairOnItsTrueReturn) {
  const auto model = Loaded(Config("mve"), Model({0, 0, 0}, {0, 0, 0}));
  const CriticExamples examples = Expand(*model);
  ASSERT_EQ(examples.pairs.state.size(0), 3 * kRows);
  // Rows of the states 1, 5, 7 and 9, step by step.
  EXPECT_TRUE(at::equal(examples.pairs.state.view({3, kRows}).select(1, 0),
                        at::tensor({1.0f, 2.0f, 3.0f})));
  const at::Tensor targets = examples.target.view({3, kRows});
  // 3 + 8/2 = 7, 2 + 7/2 = 5.5, 1 + 5.5/2 = 3.75.
  EXPECT_TRUE(at::allclose(targets.select(1, 0), at::tensor({3.75f, 5.5f, 7.0f})));
  // From 7: 8, then 9, whose step ends at 10: 9, 8 + 9/2, 7 + 12.5/2.
  EXPECT_TRUE(at::allclose(targets.select(1, 2), at::tensor({13.25f, 12.5f, 9.0f})));
  EXPECT_EQ(targets[0][3].item<float>(), 9) << "the real step ended";
  // Ten pairs count: all but the two behind the end of the last row.
  const at::Tensor weights = examples.weight.view({3, kRows});
  EXPECT_NEAR(weights.sum().item<float>(), 1, 1e-6);
  EXPECT_EQ(weights[1][3].item<float>(), 0);
  EXPECT_EQ(weights[2][3].item<float>(), 0);
  EXPECT_NEAR(weights[2][2].item<float>(), 0.1, 1e-6);
  ASSERT_EQ(model->TakeMetrics().size(), 1u);
}

TEST_F(LearnedModelTest, MveEndsAPathAtAnImaginedTermination) {
  const auto model = Loaded(Config("mve", 3), Model({0, 0, 0}, {0, 0, 0}));
  const CriticExamples examples = Expand(*model);
  const at::Tensor targets = examples.target.view({4, kRows});
  const at::Tensor counted = examples.weight.view({4, kRows}).gt(0);
  EXPECT_TRUE(at::equal(counted.select(1, 2), at::tensor({1, 1, 1, 0}).to(at::kBool)));
  EXPECT_TRUE(
      at::allclose(targets.select(1, 2).narrow(0, 0, 3), at::tensor({13.25f, 12.5f, 9.0f})));
  const auto metrics = model->TakeMetrics();
  ASSERT_EQ(metrics.size(), 1u);
  EXPECT_EQ(metrics[0].first, "expansion/path_length");
  EXPECT_DOUBLE_EQ(metrics[0].second, (3 + 3 + 2 + 0) / 4.0);
  EXPECT_TRUE(model->TakeMetrics().empty()) << "a new window";
}

TEST_F(LearnedModelTest, PaysTheTasksOwnRewardWhereAskedFor) {
  v1::TrialConfig config = Config("mve");
  config.mutable_imagine()->set_reward("observed");
  const auto model = Loaded(config, Model({0, 0, 0}, {0, 0, 0}));
  // 6 + 8/2 = 10, 4 + 10/2 = 9, 1 + 9/2 = 5.5: the real reward stays.
  EXPECT_TRUE(at::allclose(Expand(*model).target.view({3, kRows}).select(1, 0),
                           at::tensor({5.5f, 9.0f, 10.0f})));
}

TEST_F(LearnedModelTest, EveryTargetCountsTheEntropyOfActionsBehindIt) {
  // With rewards 0 and values 0 only entropy bonuses are left.
  sac_->networks().targets.zero_();
  batch_.reward.zero_();
  v1::TrialConfig config = Config("mve");
  v1::GetModelResponse model = Model({0, 0, 0}, {0, 0, 0});
  Task silent = task_;
  silent.observed_reward = [](absl::Span<const float>, absl::Span<const float>,
                              absl::Span<const float>) { return 0.0; };
  config.mutable_imagine()->set_reward("observed");
  const auto learned = LearnedModel::Create(config, silent, *sac_).value();
  ASSERT_THAT(learned->Load(model), IsOk());
  const at::Tensor targets = Expand(*learned, kAlpha).target.view({3, kRows}).select(1, 0);
  // y_2 = b_2 / 2, y_1 = (b_1 + y_2) / 2, y_0 = (b_0 + y_1) / 2 with the same draws' bonuses b, for
  // which the policy is asked again.
  const ActionRange range = ActionRange::Create({-1}, {1}).value();
  SoftValues values = SoftValues::Create(sac_->networks(), range).value();
  Rng rng(DeriveSeed(1, "expansion"));
  double bonus[3];
  for (int t = 0; t < 3; ++t) {
    at::Tensor noise = at::empty({kRows, 1}, at::kFloat);
    rng.FillNormal(absl::MakeSpan(noise.data_ptr<float>(), kRows));
    const at::Tensor states = batch_.next_state + t;
    bonus[t] = values.Act(states, noise, at::full({1}, kAlpha, at::kFloat))
                   .entropy_bonus[0]
                   .item<double>();
    EXPECT_NE(bonus[t], 0);
  }
  const double last = bonus[2] / 2, middle = (bonus[1] + last) / 2, real = (bonus[0] + middle) / 2;
  EXPECT_NEAR(targets[2].item<double>(), last, 1e-5);
  EXPECT_NEAR(targets[1].item<double>(), middle, 1e-5);
  EXPECT_NEAR(targets[0].item<double>(), real, 1e-5);
}

TEST_F(LearnedModelTest, SteveTrustsTheHorizonsThatItsMembersAgreeOn) {
  // Members that disagree about the reward: only horizon 0 has no variance.
  auto model = Loaded(Config("steve"), Model({0, 0, 0}, {-3, 0, 3}));
  const CriticExamples examples = Expand(*model);
  ASSERT_EQ(examples.target.sizes(), at::IntArrayRef({kRows, 1}));
  EXPECT_NEAR(examples.target[0].item<float>(), 1 + kTargetValue / 2, 1e-4);
  const auto metrics = model->TakeMetrics();
  ASSERT_EQ(metrics.size(), 3u);
  EXPECT_EQ(metrics[2].first, "expansion/weight_h2");
  // The row that really ended weighs its three equal candidates alike.
  EXPECT_NEAR(metrics[0].second, (3 + 1 / 3.0) / 4, 1e-4);

  // Critics that disagree about the value, by members that agree: the variance of horizon h falls
  // with gamma^(2 (h + 1)), so the weights are 1 : 4 : 16.
  const at::Tensor& targets = sac_->networks().targets;
  targets.narrow(0, targets.numel() - 2, 2).copy_(at::tensor({4.0f, 12.0f}));
  batch_.terminated.zero_();
  batch_.next_state.fill_(2);
  batch_.reward.fill_(1);
  model = Loaded(Config("steve"), Model({0, 0, 0}, {0, 0, 0}));
  const at::Tensor mixed = Expand(*model).target;
  // SAC's minimum is 4: 1 + 4/2 = 3; 1 + 2/2 + 4/4 = 3; 1 + 2/2 + 3/4 + 4/8 = 3.25.
  EXPECT_NEAR(mixed[0].item<double>(), (3 + 4 * 3 + 16 * 3.25) / 21, 1e-5);
  EXPECT_NEAR(model->TakeMetrics()[2].second, 16.0 / 21, 1e-5);
}

TEST_F(LearnedModelTest, LeavesOutRowsWhosePathsAreNotFinite) {
  for (const char* target : {"mve", "steve"}) {
    const auto model = Loaded(Config(target), Model({0, INFINITY, 0}, {0, 0, 0}));
    batch_.next_state[3].fill_(10);
    const CriticExamples examples = Expand(*model);
    EXPECT_TRUE(examples.pairs.state.isfinite().all().item<bool>()) << target;
    EXPECT_TRUE(examples.target.isfinite().all().item<bool>()) << target;
    EXPECT_EQ(examples.weight[kRows - 1].item<float>() > 0, true) << "it ended before " << target;
    if (std::string(target) == "steve") {
      EXPECT_EQ(examples.weight[0].item<float>(), 0);
      EXPECT_EQ(examples.weight[kRows - 1].item<float>(), 1);
    }
  }
}

TEST_F(LearnedModelTest, OwnStepsKeepTheStateAndTakeThePolicysActionAndTheModelsOutcome) {
  v1::TrialConfig config = Config("one_step");
  config.mutable_imagine()->set_one_step_share(0.5);
  const auto model = Loaded(config, Model({0, 0, 0}, {0, 0, 0}));
  EXPECT_FALSE(model->expands());
  TransitionBatch batch(kRows, 1, 1);
  batch.observation = {1, 9, 3, 4};
  batch.next_observation = {-1, -1, -1, -1};
  batch.action = {5, 5, 5, 5};
  batch.truncated = {1, 1, 1, 1};
  model->TakeOwnSteps(2, &batch);
  EXPECT_THAT(batch.observation, ::testing::ElementsAre(1, 9, 3, 4));
  EXPECT_THAT(batch.next_observation, ::testing::ElementsAre(2, 10, -1, -1));
  EXPECT_THAT(batch.reward, ::testing::ElementsAre(1, 9, 0, 0));
  EXPECT_THAT(batch.terminated, ::testing::ElementsAre(0, 1, 0, 0));
  EXPECT_THAT(batch.truncated, ::testing::ElementsAre(0, 0, 1, 1));
  EXPECT_LE(std::abs(batch.action[0]), 1);
  EXPECT_NE(batch.action[0], batch.action[1]);
  EXPECT_EQ(batch.action[2], 5);
}

TEST_F(LearnedModelTest, RefusesWhatCannotBe) {
  EXPECT_THAT(LearnedModel::Create(Config("td3"), task_, *sac_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("sac.target")));
  EXPECT_THAT(LearnedModel::Create(Config("mve", 0), task_, *sac_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("sac.expansion_horizon")));
  v1::TrialConfig config = Config("mve");
  config.mutable_imagine()->set_reward("observed");
  Task hidden = task_;
  hidden.observed_reward = nullptr;
  EXPECT_THAT(LearnedModel::Create(config, hidden, *sac_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("imagine.reward")));
  const auto model = LearnedModel::Create(Config("mve"), task_, *sac_).value();
  EXPECT_FALSE(model->loaded());
  EXPECT_THAT(model->Load(v1::GetModelResponse()), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_FALSE(model->loaded());
}

}  // namespace
}  // namespace vagram
