#include "core/dynamics/target_units.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "core/dynamics/losses/mle.h"
#include "core/dynamics/losses/mse.h"
#include "core/dynamics/losses/vagram.h"
#include "core/dynamics/value_functions.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

// One value function tanh(s_0 + 2 s_1 + a), under a policy that does nothing.
std::shared_ptr<const StateValueFunctions> Critic() {
  const MlpShape actor = {1, {2, 1}, Activation::kTanh};
  const MlpShape critic = {1, {3, 1, 1}, Activation::kTanh};
  return std::make_shared<const StateValueFunctions>(
      StateValueFunctions::Create(
          StackedMlp::Create(actor, at::zeros({3}, at::kDouble)).value(),
          {StackedMlp::Create(critic, at::tensor({1.0, 2.0, 1.0, 0.0, 1.0, 0.0}, at::kDouble))
               .value()},
          ActionRange::Create({-1}, {1}).value(), /*critic_version=*/1)
          .value());
}

// Deviations 2 and 4 of the state, 8 of the reward; every error is one deviation.
const at::Tensor Units() { return at::tensor({2.0, 4.0, 8.0}, at::kDouble); }

Prediction OneDeviationOff() {
  Prediction prediction;
  prediction.next_state = at::tensor({2.0, 4.0}, at::kDouble).view({1, 1, 2});
  prediction.reward = at::full({1, 1, 1}, 8.0, at::kDouble);
  return prediction;
}

Target Zeros() {
  Target target;
  target.state = at::zeros({1, 2}, at::kDouble);
  target.next_state = at::zeros({1, 2}, at::kDouble);
  target.reward = at::zeros({1, 1}, at::kDouble);
  target.value_gradients = at::tensor({3.0, 1.0}, at::kDouble).view({1, 1, 2});
  target.value_functions = Critic();
  return target;
}

ModelLoss::Value LossInUnits(const ModelLoss& loss, const Prediction& prediction) {
  return loss.Compute(InTargetUnits(prediction, Units()), InTargetUnits(Zeros(), Units()));
}

TEST(TargetUnitsTest, SquaredErrorsAreCountedInDeviations) {
  const ModelLoss::Value value = LossInUnits(MseLoss(), OneDeviationOff());
  EXPECT_DOUBLE_EQ(value.state.item<double>(), 2);
  EXPECT_DOUBLE_EQ(value.reward.item<double>(), 1);
}

TEST(TargetUnitsTest, ErrorsWeighedByValueGradientsAreTheSameNumberInEitherUnits) {
  const ModelLoss::Value value = LossInUnits(VagramLoss(0), OneDeviationOff());
  EXPECT_DOUBLE_EQ(value.state.item<double>(), 9 * 4 + 1 * 16);
  EXPECT_DOUBLE_EQ(value.reward.item<double>(), 1) << "but the reward's is counted in deviations";
}

TEST(TargetUnitsTest, ALikelihoodDiffersByAConstant) {
  Prediction prediction = OneDeviationOff();
  const auto difference = [&](double log_variance) {
    prediction.log_variance = at::full({1, 1, 3}, log_variance, at::kDouble);
    return MleLoss().Compute(prediction, Zeros()).state.item<double>() -
           LossInUnits(MleLoss(), prediction).state.item<double>();
  };
  EXPECT_NEAR(difference(0.3), 2 * std::log(2.0) + 2 * std::log(4.0), 1e-12);
  EXPECT_NEAR(difference(-2), difference(0.3), 1e-12);
}

TEST(TargetUnitsTest, ValueFunctionsGiveTheSameValuesAndFollowTheChainRule) {
  const at::Tensor state = at::tensor({0.2, -0.3}, at::kDouble);
  at::Tensor leaf = state.clone().requires_grad_(true);
  const at::Tensor value = (*Critic())(leaf);
  value.sum().backward();

  const at::Tensor units = Units().narrow(0, 0, 2);
  at::Tensor measured = (state / units).requires_grad_(true);
  const at::Tensor same = (*InTargetUnits(Zeros(), Units()).value_functions)(measured);
  same.sum().backward();
  EXPECT_NEAR(same.item<double>(), std::tanh(0.2 - 0.6), 1e-12);
  EXPECT_TRUE(at::allclose(same, value));
  EXPECT_TRUE(at::allclose(measured.grad(), leaf.grad() * units));
}

TEST(TargetUnitsTest, NothingChangesWithoutUnits) {
  const Prediction given = OneDeviationOff();
  EXPECT_TRUE(InTargetUnits(given, at::Tensor()).next_state.is_same(given.next_state));
  const Target target = Zeros();
  EXPECT_TRUE(InTargetUnits(target, at::Tensor()).reward.is_same(target.reward));
}

}  // namespace
}  // namespace vagram
