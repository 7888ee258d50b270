#include "core/nn/policy_action.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/base/random.h"
#include "core/nn/gaussian_policy.h"
#include "testing/status_matchers.h"
#include "testing/tensors.h"

namespace vagram {
namespace {

constexpr int64_t kObsDim = 3, kActDim = 2, kRows = 5;
const double kLow[] = {-1, 0}, kHigh[] = {1, 4};

MlpShape Shape() { return ActorShape(kObsDim, kActDim, {8}, Activation::kTanh); }
at::Tensor Parameters() { return 0.5 * Normal({Shape().num_parameters()}, 1); }

PolicyAction Policy() {
  return PolicyAction(StackedMlp::Create(Shape(), Parameters()).value(),
                      at::tensor({0.0, 2.0}, at::kDouble), at::tensor({1.0, 2.0}, at::kDouble));
}

TEST(PolicyActionTest, IsThePoliciesMeanOrItsSample) {
  GaussianPolicy::Options options;
  options.obs_dim = kObsDim;
  options.act_low = {kLow[0], kLow[1]};
  options.act_high = {kHigh[0], kHigh[1]};
  options.hidden_sizes = {8};
  options.activation = Activation::kTanh;
  GaussianPolicy expected = GaussianPolicy::Create(options, Parameters()).value();
  const at::Tensor states = Normal({kRows, kObsDim}, 2), noise = Normal({kRows, kActDim}, 3);
  PolicyAction policy = Policy();
  EXPECT_TRUE(at::allclose(policy.Forward(states, at::Tensor()), expected.Mean(states), 0, 1e-12));
  EXPECT_TRUE(
      at::allclose(policy.Forward(states, noise), expected.Sample(states, noise), 0, 1e-12));
}

// L = sum of weights * actions + slope * log_prob, per row.
void ExpectTheGradientOfFiniteDifferences(const at::Tensor& noise, double slope) {
  const at::Tensor states = Normal({kRows, kObsDim}, 2), weights = Normal({kRows, kActDim}, 4);
  PolicyAction policy = Policy();
  const auto loss = [&](const at::Tensor& s) {
    const at::Tensor of_action = (weights * policy.Forward(s, noise)).sum(1);
    return noise.defined() ? of_action + slope * policy.log_prob() : of_action;
  };
  loss(states);
  const at::Tensor gradient = policy.StateGradient(weights, slope).clone();
  for (int64_t d = 0; d < kObsDim; ++d) {
    const at::Tensor shift = at::zeros({1, kObsDim}, at::kDouble);
    shift[0][d] = 1e-6;
    const at::Tensor expected = (loss(states + shift) - loss(states - shift)) / 2e-6;
    EXPECT_TRUE(at::allclose(gradient.select(1, d), expected, 1e-6, 1e-8)) << d;
  }
}

TEST(PolicyActionTest, TheMeansGradientIsThatOfFiniteDifferences) {
  ExpectTheGradientOfFiniteDifferences(at::Tensor(), 0);
}

TEST(PolicyActionTest, TheSamplesGradientIsThatOfFiniteDifferences) {
  ExpectTheGradientOfFiniteDifferences(Normal({kRows, kActDim}, 3), 0);
}

TEST(PolicyActionTest, TheLogProbabilitysGradientIsThatOfFiniteDifferences) {
  ExpectTheGradientOfFiniteDifferences(Normal({kRows, kActDim}, 3), -0.7);
}

TEST(SamplesValueActionTest, KnowsTheTwoNames) {
  EXPECT_FALSE(SamplesValueAction("mean").value());
  EXPECT_FALSE(SamplesValueAction("").value());
  EXPECT_TRUE(SamplesValueAction("sample").value());
  EXPECT_THAT(SamplesValueAction("mode").status(),
              StatusIs(absl::StatusCode::kInvalidArgument, testing::HasSubstr("'mode'")));
}

TEST(ActionNoiseTest, BelongsToTheTransitionAndTheSeed) {
  const at::Tensor noise = ActionNoise(7, 100, 6, kActDim);
  EXPECT_TRUE(at::equal(noise, ActionNoise(7, 100, 6, kActDim)));
  EXPECT_TRUE(at::equal(noise.narrow(0, 2, 3), ActionNoise(7, 102, 3, kActDim)));
  EXPECT_FALSE(at::equal(noise, ActionNoise(8, 100, 6, kActDim)));
  EXPECT_FALSE(at::equal(noise[0], noise[1]));
}

}  // namespace
}  // namespace vagram
