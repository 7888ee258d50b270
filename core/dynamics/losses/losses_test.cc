// What holds for every loss of the catalogue, and each loss against a case worked by hand.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/dynamics/loss_catalog.h"
#include "core/dynamics/losses/make_loss.h"
#include "core/dynamics/value_functions.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

constexpr int64_t kMembers = 3, kBatch = 4, kObsDim = 2, kFunctions = 2;

std::unique_ptr<ModelLoss> Make(const std::string& name, int64_t mse_warmup_epochs = 0) {
  return MakeLoss(name, LossOptions{mse_warmup_epochs}).value();
}

class Draw {
 public:
  explicit Draw(uint64_t seed) : rng_(seed) {}
  at::Tensor operator()(at::IntArrayRef sizes) {
    at::Tensor out = at::empty(sizes, at::kDouble);
    rng_.FillNormal(absl::MakeSpan(out.data_ptr<double>(), out.numel()));
    return out;
  }

 private:
  Rng rng_;
};

Prediction RandomPrediction(bool probabilistic) {
  Draw draw(1);
  Prediction prediction;
  prediction.next_state = draw({kMembers, kBatch, kObsDim});
  prediction.reward = draw({kMembers, kBatch, 1});
  if (probabilistic) prediction.log_variance = draw({kMembers, kBatch, kObsDim + 1});
  return prediction;
}

// Critics on two observations and one action, under a policy that does the same everywhere: what
// the losses hold constant, finite differences then do too.
std::shared_ptr<const StateValueFunctions> Critics(std::vector<int64_t> hidden_sizes,
                                                   at::Tensor parameters) {
  const MlpShape actor = {1, {kObsDim, 2}, Activation::kTanh};
  MlpShape critics = {kFunctions, std::move(hidden_sizes), Activation::kTanh};
  critics.sizes.insert(critics.sizes.begin(), kObsDim + 1);
  critics.sizes.push_back(1);
  return std::make_shared<const StateValueFunctions>(
      StateValueFunctions::Create(
          StackedMlp::Create(actor, at::zeros({actor.num_parameters()}, at::kDouble)).value(),
          {StackedMlp::Create(critics, std::move(parameters)).value()},
          ActionRange::Create({-1}, {3}).value(), /*critic_version=*/7,
          {/*through_policy=*/false, /*temperature=*/0.5})
          .value());
}

// The same batch for every member.
Target RandomTarget() {
  Draw draw(2);
  Target target;
  target.state = draw({kBatch, kObsDim});
  target.action = draw({kBatch, 1});
  target.next_state = draw({kBatch, kObsDim});
  target.reward = draw({kBatch, 1});
  target.value_gradients = draw({kFunctions, kBatch, kObsDim});
  target.noise = draw({2, kBatch, kObsDim});
  target.action_noise = draw({2, kBatch, 1});
  target.value_weights = draw({kBatch, 1}).abs();
  target.value_functions = Critics({5}, draw({kFunctions * (5 * (kObsDim + 2) + 6)}));
  return target;
}

double Total(const ModelLoss& loss, const Prediction& prediction, const Target& target) {
  const ModelLoss::Value value = loss.Compute(prediction, target);
  return (value.state + value.reward).item<double>();
}

at::Tensor Column(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble).view({1, -1});
}

class EveryLoss : public testing::TestWithParam<std::string> {
 protected:
  bool Probabilistic() const { return (*FindLoss(GetParam()))->probabilistic_default; }
};

void ExpectTheGradientOfFiniteDifferences(const std::string& name, bool probabilistic) {
  const std::unique_ptr<ModelLoss> loss = Make(name, 1);
  Target target = RandomTarget();
  target.first_training = true;
  Prediction prediction = RandomPrediction(probabilistic);
  std::vector<at::Tensor> leaves = {prediction.next_state, prediction.reward};
  if (probabilistic) leaves.push_back(prediction.log_variance);
  for (at::Tensor& leaf : leaves) leaf.requires_grad_(true);
  const ModelLoss::Value value = loss->Compute(prediction, target);
  (value.state + value.reward).backward();

  constexpr double kStep = 1e-6;
  for (at::Tensor& leaf : leaves) {
    double* x = leaf.data_ptr<double>();
    for (int64_t i = 0; i < leaf.numel(); ++i) {
      const double kept = x[i];
      x[i] = kept + kStep;
      const double above = Total(*loss, prediction, target);
      x[i] = kept - kStep;
      const double below = Total(*loss, prediction, target);
      x[i] = kept;
      EXPECT_NEAR(leaf.grad().view({-1})[i].item<double>(), (above - below) / (2 * kStep), 1e-7)
          << "element " << i << " of " << leaf.sizes();
    }
  }
}

TEST_P(EveryLoss, HasTheGradientOfItsFiniteDifferences) {
  const LossInfo& loss = **FindLoss(GetParam());
  if (loss.allows_deterministic) ExpectTheGradientOfFiniteDifferences(loss.name, false);
  if (loss.allows_probabilistic) ExpectTheGradientOfFiniteDifferences(loss.name, true);
}

TEST_P(EveryLoss, IsTheSameWhenEveryMemberIsGivenTheBatchApart) {
  const std::unique_ptr<ModelLoss> loss = Make(GetParam());
  const Prediction prediction = RandomPrediction(Probabilistic());
  const Target shared = RandomTarget();
  Target apart = shared;
  apart.state = shared.state.expand({kMembers, -1, -1});
  apart.action = shared.action.expand({kMembers, -1, -1});
  apart.next_state = shared.next_state.expand({kMembers, -1, -1});
  apart.reward = shared.reward.expand({kMembers, -1, -1});
  apart.value_weights = shared.value_weights.expand({kMembers, -1, -1});
  apart.action_noise = shared.action_noise.unsqueeze(1).expand({-1, kMembers, -1, -1});
  apart.noise = shared.noise.unsqueeze(1).expand({-1, kMembers, -1, -1});
  apart.value_gradients = shared.value_gradients.unsqueeze(1).expand({-1, kMembers, -1, -1});
  EXPECT_NEAR(Total(*loss, prediction, shared), Total(*loss, prediction, apart), 1e-12);
  EXPECT_TRUE(
      at::allclose(loss->HoldoutScore(prediction, shared), loss->HoldoutScore(prediction, apart)));
}

TEST_P(EveryLoss, ScoresEveryMemberByItself) {
  const std::unique_ptr<ModelLoss> loss = Make(GetParam());
  const Target target = RandomTarget();
  Prediction prediction = RandomPrediction(Probabilistic());
  const at::Tensor before = loss->HoldoutScore(prediction, target);
  ASSERT_EQ(before.sizes(), at::IntArrayRef({kMembers}));
  prediction.next_state[1].add_(10);  // member 1 gets worse, the others stay
  const at::Tensor after = loss->HoldoutScore(prediction, target);
  EXPECT_GT(after[1].item<double>(), before[1].item<double>());
  EXPECT_EQ(after[0].item<double>(), before[0].item<double>());
  EXPECT_EQ(after[2].item<double>(), before[2].item<double>());
}

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const LossInfo& loss : AllLosses()) names.push_back(loss.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryLoss, testing::ValuesIn(Names()),
                         [](const auto& info) { return info.param; });

// One member, one sample: predicted (1, 2), reward 3; observed (0, 4), reward 2.
struct Case {
  Prediction prediction;
  Target target;
};
Case HandWorked() {
  Case c;
  c.prediction.next_state = Column({1, 2}).unsqueeze(0);
  c.prediction.reward = Column({3}).unsqueeze(0);
  c.prediction.log_variance = Column({0, std::log(2), std::log(4)}).unsqueeze(0);
  c.target.next_state = Column({0, 4});
  c.target.reward = Column({2});
  c.target.value_gradients = at::stack({Column({2, 1}), Column({0, 3})});
  // Q_0 = 2 s_0 + s_1 + 7 a + 5 and Q_1 = 3 s_1 - a, with the gradients above.
  c.target.value_functions =
      Critics({}, at::tensor({2.0, 1.0, 7.0, 0.0, 3.0, -1.0, 5.0, 0.0}, at::kDouble));
  return c;
}

TEST(MseLossTest, IsTheSumOfSquares) {
  const Case c = HandWorked();
  const ModelLoss::Value value = Make("mse")->Compute(c.prediction, c.target);
  EXPECT_DOUBLE_EQ(value.state.item<double>(), 1 + 4);
  EXPECT_DOUBLE_EQ(value.reward.item<double>(), 1);
}

TEST(MleLossTest, DividesByTheVarianceAndAddsItsLogarithm) {
  const Case c = HandWorked();
  const ModelLoss::Value value = Make("mle")->Compute(c.prediction, c.target);
  EXPECT_DOUBLE_EQ(value.state.item<double>(), 1 + 4.0 / 2 + std::log(2));
  EXPECT_DOUBLE_EQ(value.reward.item<double>(), 1.0 / 4 + std::log(4));
}

TEST(MleLossTest, ScoresBySquaredError) {
  const Case c = HandWorked();
  EXPECT_DOUBLE_EQ(Make("mle")->HoldoutScore(c.prediction, c.target).item<double>(), 1 + 4 + 1);
}

TEST(VagramLossTest, WeighsEveryDimensionByItsSquaredGradient) {
  const Case c = HandWorked();
  const ModelLoss::Value value = Make("vagram")->Compute(c.prediction, c.target);
  // Value function 0: 2^2 * 1 + 1^2 * 4; value function 1: 0 + 3^2 * 4; their mean.
  EXPECT_DOUBLE_EQ(value.state.item<double>(), (8 + 36) / 2.0);
  EXPECT_DOUBLE_EQ(value.reward.item<double>(), 1);
}

TEST(VagramLossTest, AddsSquaredErrorInTheFirstEpochsOfTheFirstTrainingOnly) {
  Case c = HandWorked();
  const std::unique_ptr<ModelLoss> loss = Make("vagram", /*mse_warmup_epochs=*/2);
  const auto state_part = [&](bool first_training, int64_t epoch) {
    c.target.first_training = first_training;
    c.target.epoch = epoch;
    return loss->Compute(c.prediction, c.target).state.item<double>();
  };
  EXPECT_DOUBLE_EQ(state_part(true, 0), 22 + 5);
  EXPECT_DOUBLE_EQ(state_part(true, 1), 22 + 5);
  EXPECT_DOUBLE_EQ(state_part(true, 2), 22);
  EXPECT_DOUBLE_EQ(state_part(false, 0), 22);
}

TEST(VagramTaylorLossTest, SquaresTheFirstOrderChangeOfEveryValueFunction) {
  const Case c = HandWorked();
  const ModelLoss::Value value = Make("vagram_taylor")->Compute(c.prediction, c.target);
  // The error is (1, -2). Value function 0: 2 * 1 - 1 * 2 = 0; value function 1: 0 - 3 * 2 = -6.
  EXPECT_DOUBLE_EQ(value.state.item<double>(), (0 + 36) / 2.0);
  EXPECT_DOUBLE_EQ(value.reward.item<double>(), 1);
}

TEST(VagramTaylorLossTest, HasMinimaFarFromTheObservedState) {
  Case c = HandWorked();
  c.target.value_gradients = Column({2, 1}).unsqueeze(0);
  c.prediction.next_state = Column({100, -196}).unsqueeze(0);  // off by (100, -200)
  EXPECT_DOUBLE_EQ(Make("vagram_taylor")->Compute(c.prediction, c.target).state.item<double>(), 0);
  EXPECT_GT(Make("vagram")->Compute(c.prediction, c.target).state.item<double>(), 1e4);
  EXPECT_GT(Make("vagram_hessian")->Compute(c.prediction, c.target).state.item<double>(), 1e4);
}

TEST(VagramTaylorLossTest, TellsAsManyValueFunctionsAsMembersApart) {
  // Two members, two value functions, the batch shared: off by (1, 0) and (0, 1).
  Case c = HandWorked();
  c.prediction.next_state = at::stack({Column({1, 4}), Column({0, 5})});
  c.prediction.reward = at::stack({Column({2}), Column({2})});
  // By value functions (2, 1) and (0, 3): 2^2 + 0^2 of member 0, 1^2 + 3^2 of member 1.
  EXPECT_DOUBLE_EQ(Make("vagram_taylor")->Compute(c.prediction, c.target).state.item<double>(),
                   (4 + 0 + 1 + 9) / 4.0);
}

TEST(VagramHessianLossTest, AddsTheBoundOnTheRemainder) {
  const Case c = HandWorked();
  LossOptions options;
  options.hessian_bound = 3;
  const ModelLoss::Value value =
      MakeLoss("vagram_hessian", options).value()->Compute(c.prediction, c.target);
  // Twice the first-order loss above, and 3^2 / 2 times the squared distance 1 + 4, squared.
  EXPECT_DOUBLE_EQ(value.state.item<double>(), 2 * 18 + 4.5 * 25);
  EXPECT_DOUBLE_EQ(value.reward.item<double>(), 1);
}

TEST(IterVamlLossTest, SquaresTheDifferenceOfTheValues) {
  Case c = HandWorked();
  c.prediction.log_variance = at::Tensor();
  LossOptions options;
  options.itervaml_mse_weight = 0;
  // The values of (1, 2) and (0, 4) under a = 1: 16 and 16; 5 and 11.
  EXPECT_DOUBLE_EQ(
      MakeLoss("itervaml", options).value()->Compute(c.prediction, c.target).state.item<double>(),
      (0 + 36) / 2.0);
  options.itervaml_mse_weight = 0.5;
  const ModelLoss::Value value =
      MakeLoss("itervaml", options).value()->Compute(c.prediction, c.target);
  EXPECT_DOUBLE_EQ(value.state.item<double>(), 18 + 0.5 * 5);
  EXPECT_DOUBLE_EQ(value.reward.item<double>(), 1);
}

TEST(IterVamlLossTest, AveragesTheValuesOfSamplesBeforeItSquares) {
  Case c = HandWorked();  // deviations 1 and sqrt(2)
  c.target.noise = at::stack({Column({1, 0}), Column({3, 0})});
  LossOptions options;
  options.itervaml_mse_weight = 0.5;
  const std::unique_ptr<ModelLoss> loss = MakeLoss("itervaml", options).value();
  const ModelLoss::Value value = loss->Compute(c.prediction, c.target);
  // Samples (2, 2) and (4, 2): values 18 and 22, on average 20, against 16; 5 and 5 against 11.
  EXPECT_DOUBLE_EQ(value.state.item<double>(), (16 + 36) / 2.0 + 0.5 * 5);
  EXPECT_DOUBLE_EQ(value.reward.item<double>(), 1.0 / 4 + std::log(4));
  EXPECT_DOUBLE_EQ(loss->HoldoutScore(c.prediction, c.target).item<double>(), 26 + 0.5 * 5 + 1);
}

TEST(ValueWeightedLossTest, WeighsTheStatesErrorOfATransition) {
  Case c = HandWorked();
  c.target.value_weights = Column({3});
  const std::unique_ptr<ModelLoss> loss = Make("value_weighted");
  const ModelLoss::Value value = loss->Compute(c.prediction, c.target);
  EXPECT_DOUBLE_EQ(value.state.item<double>(), 3 * (1 + 4));
  EXPECT_DOUBLE_EQ(value.reward.item<double>(), 1);
  EXPECT_DOUBLE_EQ(loss->HoldoutScore(c.prediction, c.target).item<double>(), 15 + 1);
}

TEST(MleVagramLossTest, AddsTheWeightedErrorOfTheStateToTheLikelihood) {
  const Case c = HandWorked();
  LossOptions options;
  options.vagram_weight = 0.5;
  const std::unique_ptr<ModelLoss> loss = MakeLoss("mle_vagram", options).value();
  const ModelLoss::Value value = loss->Compute(c.prediction, c.target);
  EXPECT_DOUBLE_EQ(value.state.item<double>(), 1 + 4.0 / 2 + std::log(2) + 0.5 * 22);
  EXPECT_DOUBLE_EQ(value.reward.item<double>(), 1.0 / 4 + std::log(4));
  EXPECT_DOUBLE_EQ(loss->HoldoutScore(c.prediction, c.target).item<double>(), 1 + 4 + 1 + 0.5 * 22);
}

TEST(MakeLossTest, NamesTheNearestLossWhenThereIsNone) {
  EXPECT_THAT(MakeLoss("vagrm", {}).status(),
              StatusIs(absl::StatusCode::kNotFound, testing::HasSubstr("'vagram'")));
}

}  // namespace
}  // namespace vagram
