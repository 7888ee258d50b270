#include "learner/sac/losses.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

#include <cmath>
#include <vector>

#include "core/base/random.h"
#include "core/nn/tanh_gaussian.h"
#include "testing/status_matchers.h"
#include "testing/tensors.h"

namespace vagram {
namespace {

constexpr int64_t kBatch = 12;
constexpr int64_t kObsDim = 4;
constexpr int64_t kActDim = 2;
constexpr double kDiscount = 0.9;

// The losses once more in plain differentiable operations, in float64.
class SacLossesTest : public ::testing::Test {
 protected:
  SacLossesTest() {
    networks_.actor_shape = {1, {kObsDim, 9, 7, 2 * kActDim}, Activation::kSilu};
    networks_.critic_shape = {2, {kObsDim + kActDim, 9, 7, 1}, Activation::kTanh};
    networks_.actor = Normal({networks_.actor_shape.num_parameters()}, 1) * 0.5;
    networks_.critics = Normal({networks_.critic_shape.num_parameters()}, 2) * 0.5;
    networks_.targets = Normal({networks_.critic_shape.num_parameters()}, 3) * 0.5;
    range_ = ActionRange::Create({-3, 1}, {1, 2}).value();
    batch_.state = Normal({kBatch, kObsDim}, 4);
    batch_.action = Normal({kBatch, kActDim}, 5);
    batch_.reward = Normal({kBatch, 1}, 6);
    batch_.next_state = Normal({kBatch, kObsDim}, 7);
    batch_.terminated = Normal({kBatch, 1}, 8).gt(0).to(at::kDouble);
    noise_ = Normal({kBatch, kActDim}, 9);
    temperature_ = at::full({1}, 0.3, at::kDouble);
  }

  SacLosses Losses() const { return SacLosses::Create(networks_, range_, kDiscount).value(); }

  static at::Tensor Network(const MlpShape& shape, const at::Tensor& parameters, at::Tensor x) {
    int64_t offset = 0;
    const auto next = [&](at::IntArrayRef sizes) {
      const int64_t count = sizes[0] * sizes[1] * sizes[2];
      offset += count;
      return parameters.narrow(0, offset - count, count).view(sizes);
    };
    for (int64_t l = 0; l < shape.num_layers(); ++l) {
      const at::Tensor weight = next({shape.networks, shape.sizes[l], shape.sizes[l + 1]});
      const at::Tensor bias = next({shape.networks, 1, shape.sizes[l + 1]});
      x = at::matmul(x, weight) + bias;
      if (l + 1 < shape.num_layers()) {
        x = shape.activation == Activation::kTanh ? at::tanh(x) : at::silu(x);
      }
    }
    return x;
  }

  struct Draw {
    at::Tensor action;    // in the task's range
    at::Tensor log_prob;  // [batch, 1]
  };
  Draw Policy(const at::Tensor& actor, const at::Tensor& state) const {
    const at::Tensor heads = Network(networks_.actor_shape, actor, state)[0];
    const at::Tensor log_std = kLogStdMin + 0.5 * (kLogStdMax - kLogStdMin) *
                                                (at::tanh(heads.narrow(1, kActDim, kActDim)) + 1);
    const at::Tensor u = heads.narrow(1, 0, kActDim) + log_std.exp() * noise_;
    const at::Tensor log_prob = (-0.5 * noise_.square() - log_std - 0.5 * std::log(2 * M_PI) -
                                 at::log(1 - at::tanh(u).square()))
                                    .sum(1, /*keepdim=*/true);
    return {range_.center + range_.half_range * at::tanh(u), log_prob};
  }
  at::Tensor Values(const at::Tensor& critics, const at::Tensor& state,
                    const at::Tensor& action) const {
    return Network(networks_.critic_shape, critics, at::cat({state, action}, 1));
  }

  SacLosses::Networks networks_;
  ActionRange range_;
  SacBatch batch_;
  at::Tensor noise_;
  at::Tensor temperature_;
};

TEST_F(SacLossesTest, CriticTargetIsTheSoftBellmanBackup) {
  const Draw next = Policy(networks_.actor, batch_.next_state);
  const at::Tensor q = Values(networks_.targets, batch_.next_state, next.action);
  const at::Tensor expected =
      batch_.reward + kDiscount * (1 - batch_.terminated) *
                          (at::minimum(q[0], q[1]) - temperature_ * next.log_prob);
  EXPECT_LT(LargestDifference(Losses().CriticTarget(batch_, noise_, temperature_), expected), 1e-8);
}

TEST_F(SacLossesTest, TerminationLeavesTheRewardAlone) {
  batch_.terminated.fill_(1);
  EXPECT_TRUE(at::equal(Losses().CriticTarget(batch_, noise_, temperature_), batch_.reward));
}

TEST_F(SacLossesTest, CriticGradientAgreesWithAutograd) {
  const at::Tensor target = Normal({kBatch, 1}, 10);
  const at::Tensor critics = networks_.critics.clone().set_requires_grad(true);
  const at::Tensor q = Values(critics, batch_.state, batch_.action);
  const at::Tensor loss = (q[0] - target).square().mean() + (q[1] - target).square().mean();
  const at::Tensor expected = torch::autograd::grad({loss}, {critics})[0];

  const at::Tensor gradient = at::empty_like(networks_.critics);
  const SacLosses::CriticResult result = Losses().CriticGradient(batch_, target, gradient);
  EXPECT_LT(LargestDifference(gradient, expected), 1e-12);
  EXPECT_NEAR(result.loss.item<double>(), loss.item<double>(), 1e-12);
  EXPECT_NEAR(result.q_mean.item<double>(), q.mean().item<double>(), 1e-12);
}

TEST_F(SacLossesTest, WeightedCriticGradientAgreesWithAutograd) {
  const at::Tensor target = Normal({kBatch, 1}, 10);
  at::Tensor weight = Normal({kBatch, 1}, 11).abs();
  weight[3].fill_(0);
  weight.div_(weight.sum());
  const at::Tensor critics = networks_.critics.clone().set_requires_grad(true);
  const at::Tensor q = Values(critics, batch_.state, batch_.action);
  const at::Tensor loss = (weight * (q - target).square()).sum();
  const at::Tensor expected = torch::autograd::grad({loss}, {critics})[0];

  const at::Tensor gradient = at::empty_like(networks_.critics);
  const SacLosses::CriticResult result = Losses().CriticGradient(batch_, target, gradient, weight);
  EXPECT_LT(LargestDifference(gradient, expected), 1e-12);
  EXPECT_NEAR(result.loss.item<double>(), loss.item<double>(), 1e-12);
  EXPECT_NEAR(result.q_mean.item<double>(), (weight * q).sum().item<double>() / 2, 1e-12);
}

TEST_F(SacLossesTest, ActorGradientAgreesWithAutograd) {
  const at::Tensor actor = networks_.actor.clone().set_requires_grad(true);
  const Draw draw = Policy(actor, batch_.state);
  const at::Tensor q = Values(networks_.critics, batch_.state, draw.action);
  // The test means little unless each critic is the smaller one somewhere.
  const int64_t second_is_smaller = q[1].lt(q[0]).sum().item<int64_t>();
  ASSERT_GT(second_is_smaller, 0);
  ASSERT_LT(second_is_smaller, kBatch);
  const at::Tensor loss = (temperature_ * draw.log_prob - at::minimum(q[0], q[1])).mean();
  const at::Tensor expected = torch::autograd::grad({loss}, {actor})[0];

  const at::Tensor gradient = at::empty_like(networks_.actor);
  const SacLosses::ActorResult result =
      Losses().ActorGradient(batch_.state, noise_, temperature_, gradient);
  EXPECT_LT(LargestDifference(gradient, expected), 1e-8);
  EXPECT_NEAR(result.loss.item<double>(), loss.item<double>(), 1e-8);
  EXPECT_NEAR(result.entropy.item<double>(), -draw.log_prob.mean().item<double>(), 1e-8);
}

TEST_F(SacLossesTest, FollowsParametersThatChangeInPlace) {
  SacLosses losses = Losses();
  const at::Tensor before = losses.CriticTarget(batch_, noise_, temperature_).clone();
  networks_.targets.mul_(2);
  EXPECT_GT(LargestDifference(losses.CriticTarget(batch_, noise_, temperature_), before), 1e-3);
}

TEST_F(SacLossesTest, RefusesShapesThatDoNotFit) {
  networks_.critic_shape.sizes.front() += 1;
  networks_.critics = networks_.targets = at::zeros({networks_.critic_shape.num_parameters()});
  EXPECT_THAT(SacLosses::Create(networks_, range_, kDiscount).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace vagram
