#include "core/nn/gaussian_policy.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

GaussianPolicy::Options TwoActions() {
  GaussianPolicy::Options options;
  options.obs_dim = 3;
  options.act_low = {-2, 0};
  options.act_high = {2, 10};
  options.hidden_sizes = {8};
  return options;
}

MlpShape Shape() { return ActorShape(3, 2, {8}, Activation::kRelu); }

// An actor whose weights are zero, so that its heads are its last biases: 2 means, 2 raw
// deviations.
at::Tensor ConstantHeads(std::vector<float> heads) {
  at::Tensor parameters = at::zeros({Shape().num_parameters()});
  parameters.narrow(0, parameters.numel() - 4, 4).copy_(at::tensor(at::ArrayRef<float>(heads)));
  return parameters;
}

TEST(GaussianPolicyTest, ScalesTheMeanIntoTheTasksBox) {
  GaussianPolicy policy =
      GaussianPolicy::Create(TwoActions(), ConstantHeads({0.5f, -30.0f, 0, 0})).value();
  const at::Tensor action = policy.Mean(at::ones({4, 3}));
  ASSERT_EQ(action.sizes(), at::IntArrayRef({4, 2}));
  EXPECT_NEAR(action[3][0].item<double>(), 2 * std::tanh(0.5), 1e-6);
  EXPECT_NEAR(action[3][1].item<double>(), 0, 1e-6);
}

TEST(GaussianPolicyTest, SamplesWithTheSquashedDeviation) {
  GaussianPolicy policy =
      GaussianPolicy::Create(TwoActions(), ConstantHeads({0.1f, 0.2f, 0.0f, 30.0f})).value();
  const at::Tensor noise = at::tensor(at::ArrayRef<float>({0.7f, -0.3f})).view({1, 2});
  const at::Tensor action = policy.Sample(at::ones({1, 3}), noise);
  EXPECT_NEAR(action[0][0].item<double>(), 2 * std::tanh(0.1 + std::exp(-1.5) * 0.7), 1e-6);
  EXPECT_NEAR(action[0][1].item<double>(), 5 + 5 * std::tanh(0.2 - std::exp(2.0) * 0.3), 1e-5);
}

TEST(GaussianPolicyTest, HoldsItsOwnCopyOfTheParameters) {
  const at::Tensor parameters = ConstantHeads({0.5f, 0, 0, 0});
  GaussianPolicy policy = GaussianPolicy::Create(TwoActions(), parameters).value();
  const at::Tensor before = policy.Mean(at::ones({1, 3}));
  parameters.zero_();
  EXPECT_TRUE(at::equal(policy.Mean(at::ones({1, 3})), before));
}

TEST(GaussianPolicyTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT(GaussianPolicy::Create(TwoActions(), at::zeros({7})).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("got 7")));
  EXPECT_THAT(GaussianPolicy::Create(TwoActions(), at::Tensor()).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("undefined")));
  GaussianPolicy::Options options = TwoActions();
  options.act_high[1] = std::numeric_limits<double>::infinity();
  EXPECT_THAT(GaussianPolicy::Create(options, ConstantHeads({0, 0, 0, 0})).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("action 1")));
  options.act_high.pop_back();
  EXPECT_THAT(GaussianPolicy::Create(options, ConstantHeads({0, 0, 0, 0})).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("2 lower and 1 upper")));
}

}  // namespace
}  // namespace vagram
