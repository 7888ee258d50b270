#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "core/base/random.h"
#include "core/dynamics/losses/make_loss.h"
#include "core/dynamics/value_functions.h"

namespace vagram {
namespace {

constexpr double kAlpha = 0.5;
constexpr double kSigma = 0.22313016014842982893;  // exp(-1.5): raw log deviation 0

at::Tensor Numbers(const std::vector<double>& values, at::IntArrayRef sizes) {
  return at::tensor(values, at::kDouble).view(sizes);
}

// One state dimension, one action in (-1, 1). The policy's mean before tanh is slope * s, its
// deviation kSigma; Q_0 = 2 s + 3 a and Q_1 = -s.
std::shared_ptr<const StateValueFunctions> Functions(double slope, bool through_policy) {
  const MlpShape actor = {1, {1, 2}, Activation::kTanh};
  const MlpShape critics = {2, {2, 1}, Activation::kTanh};
  return std::make_shared<const StateValueFunctions>(
      StateValueFunctions::Create(
          StackedMlp::Create(actor, Numbers({slope, 0, 0, 0}, {4})).value(),
          {StackedMlp::Create(critics, Numbers({2, 3, -1, 0, 0, 0}, {6})).value()},
          ActionRange::Create({-1}, {1}).value(), /*critic_version=*/1, {through_policy, kAlpha})
          .value());
}

// log pi(a|s) of a = tanh(u), u = mean + kSigma * noise.
double LogProbability(double u, double noise) {
  constexpr double kPi = 3.14159265358979323846;
  const double a = std::tanh(u);
  return -noise * noise / 2 - std::log(kSigma) - std::log(2 * kPi) / 2 - std::log(1 - a * a);
}

// Member predicts 1.0; observed is 0.4.
struct Case {
  Prediction prediction;
  Target target;
};
Case OneSample(double slope, bool through_policy) {
  Case c;
  c.prediction.next_state = Numbers({1.0}, {1, 1, 1});
  c.prediction.reward = Numbers({3}, {1, 1, 1});
  c.target.next_state = Numbers({0.4}, {1, 1});
  c.target.reward = Numbers({2}, {1, 1});
  c.target.action_noise = Numbers({1, -0.5}, {2, 1, 1});
  c.target.value_functions = Functions(slope, through_policy);
  return c;
}

std::unique_ptr<ModelLoss> Loss(double mse_weight = 0) {
  LossOptions options;
  options.itervaml_mse_weight = mse_weight;
  return MakeLoss("itervaml_soft", options).value();
}

// The mean over both draws of 2 s + 3 a - alpha log pi, and of -s - alpha log pi.
std::pair<double, double> SoftValues(double s, double slope) {
  double first = 0, second = 0;
  for (double noise : {1.0, -0.5}) {
    const double u = slope * s + kSigma * noise;
    const double entropy = -kAlpha * LogProbability(u, noise);
    first += (2 * s + 3 * std::tanh(u) + entropy) / 2;
    second += (-s + entropy) / 2;
  }
  return {first, second};
}

double ByHand(double predicted, double observed, double slope) {
  const auto at_predicted = SoftValues(predicted, slope), at_observed = SoftValues(observed, slope);
  return (std::pow(at_observed.first - at_predicted.first, 2) +
          std::pow(at_observed.second - at_predicted.second, 2)) /
         2;
}

TEST(IterVamlSoftLossTest, SquaresTheDifferenceOfTheSoftValues) {
  const Case c = OneSample(/*slope=*/0.7, /*through_policy=*/false);
  const ModelLoss::Value value = Loss(0.5)->Compute(c.prediction, c.target);
  EXPECT_NEAR(value.state.item<double>(), ByHand(1.0, 0.4, 0.7) + 0.5 * 0.36, 1e-12);
  EXPECT_DOUBLE_EQ(value.reward.item<double>(), 1);
  EXPECT_NEAR(Loss(0.5)->HoldoutScore(c.prediction, c.target).item<double>(),
              ByHand(1.0, 0.4, 0.7) + 0.5 * 0.36 + 1, 1e-12);
}

TEST(IterVamlSoftLossTest, CostsNothingAtTheObservedStateHoweverFewTheDraws) {
  Case c = OneSample(0.7, false);
  c.prediction.next_state = Numbers({0.4}, {1, 1, 1});
  EXPECT_EQ(Loss()->Compute(c.prediction, c.target).state.item<double>(), 0);
}

TEST(IterVamlSoftLossTest, ThroughThePolicyItsGradientIsThatOfTheLossItself) {
  Case c = OneSample(0.7, /*through_policy=*/true);
  c.prediction.next_state.requires_grad_(true);
  Loss()->Compute(c.prediction, c.target).state.backward();
  const double slope = (ByHand(1.0 + 1e-6, 0.4, 0.7) - ByHand(1.0 - 1e-6, 0.4, 0.7)) / 2e-6;
  EXPECT_NEAR(c.prediction.next_state.grad().item<double>(), slope, 1e-7);
}

TEST(IterVamlSoftLossTest, HoldsActionAndEntropyConstantOtherwise) {
  Case c = OneSample(0.7, /*through_policy=*/false);
  c.prediction.next_state.requires_grad_(true);
  Loss()->Compute(c.prediction, c.target).state.backward();
  const auto at_predicted = SoftValues(1.0, 0.7), at_observed = SoftValues(0.4, 0.7);
  // dQ/ds is 2 and -1.
  const double expected =
      (at_predicted.first - at_observed.first) * 2 - (at_predicted.second - at_observed.second);
  EXPECT_NEAR(c.prediction.next_state.grad().item<double>(), expected, 1e-12);
}

TEST(IterVamlSoftLossTest, PairsDrawsOfTheStateWithDrawsOfTheAction) {
  // The policy does the same everywhere, so that its noise cancels: values differ by dQ/ds alone.
  Case c = OneSample(/*slope=*/0, false);
  c.prediction.log_variance = at::zeros({1, 1, 2}, at::kDouble);
  c.target.noise = Numbers({1, 3}, {2, 1, 1});
  // Samples 2 and 4, on average 3, against 0.4.
  EXPECT_NEAR(Loss()->Compute(c.prediction, c.target).state.item<double>(),
              (std::pow(2 * 2.6, 2) + std::pow(2.6, 2)) / 2, 1e-12);
}

}  // namespace
}  // namespace vagram
