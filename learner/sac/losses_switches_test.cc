// The losses with layer normalization, features of length 1, dropout and more than two critics.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>
#include <vector>

#include "core/base/random.h"
#include "learner/sac/losses.h"
#include "testing/status_matchers.h"
#include "testing/tensors.h"

namespace vagram {
namespace {

constexpr int64_t kBatch = 6;
constexpr int64_t kObsDim = 3;
constexpr int64_t kActDim = 2;
constexpr double kDiscount = 0.9;

class Agent {
 public:
  Agent(bool layer_norm, bool unit_features, double dropout, int64_t critics) : dropout_(dropout) {
    networks.actor_shape = {
        1, {kObsDim, 9, 7, 2 * kActDim}, Activation::kSilu, layer_norm, unit_features};
    networks.critic_shape = {
        critics, {kObsDim + kActDim, 9, 7, 1}, Activation::kTanh, layer_norm, unit_features};
    networks.actor = Normal({networks.actor_shape.num_parameters()}, 1) * 0.5;
    networks.critics = Normal({networks.critic_shape.num_parameters()}, 2) * 0.5;
    networks.targets = Normal({networks.critic_shape.num_parameters()}, 3) * 0.5;
    batch.state = Normal({kBatch, kObsDim}, 4);
    batch.action = Normal({kBatch, kActDim}, 5);
    batch.reward = Normal({kBatch, 1}, 6);
    batch.next_state = Normal({kBatch, kObsDim}, 7);
    batch.terminated = at::zeros({kBatch, 1}, at::kDouble);
    losses_.push_back(
        SacLosses::Create(networks, ActionRange::Create({-3, 1}, {1, 2}).value(), kDiscount)
            .value());
  }

  // With the same masks every time.
  SacLosses& losses() {
    rng_ = Rng(10);
    losses_[0].UseDropout({dropout_, &rng_});
    return losses_[0];
  }

  SacLosses::Networks networks;
  SacBatch batch;
  at::Tensor noise = Normal({kBatch, kActDim}, 8);
  at::Tensor temperature = at::full({1}, 0.3, at::kDouble);

 private:
  const double dropout_;
  Rng rng_{10};
  std::vector<SacLosses> losses_;  // exactly one
};

template <typename Loss>
void ExpectFiniteDifferences(const at::Tensor& parameters, const at::Tensor& gradient, Loss loss) {
  double* values = parameters.data_ptr<double>();
  for (int64_t i = 0; i < parameters.numel(); i += 11) {
    const double kept = values[i], h = 1e-6;
    values[i] = kept + h;
    const double above = loss();
    values[i] = kept - h;
    const double below = loss();
    values[i] = kept;
    EXPECT_NEAR(gradient.data_ptr<double>()[i], (above - below) / (2 * h), 1e-6) << i;
  }
}

// Parameters: layer_norm, unit_features, dropout, critics.
class SacLossesSwitchesTest
    : public ::testing::TestWithParam<std::tuple<bool, bool, double, int64_t>> {
 protected:
  Agent agent_{std::get<0>(GetParam()), std::get<1>(GetParam()), std::get<2>(GetParam()),
               std::get<3>(GetParam())};
};

TEST_P(SacLossesSwitchesTest, CriticGradientAgreesWithFiniteDifferences) {
  const at::Tensor target = Normal({kBatch, 1}, 9);
  const at::Tensor gradient = at::empty_like(agent_.networks.critics), scratch = gradient.clone();
  agent_.losses().CriticGradient(agent_.batch, target, gradient);
  ExpectFiniteDifferences(agent_.networks.critics, gradient, [&] {
    return agent_.losses().CriticGradient(agent_.batch, target, scratch).loss.item<double>();
  });
}

TEST_P(SacLossesSwitchesTest, ActorGradientAgreesWithFiniteDifferences) {
  const at::Tensor gradient = at::empty_like(agent_.networks.actor), scratch = gradient.clone();
  const auto act = [&](const at::Tensor& into) {
    return agent_.losses().ActorGradient(agent_.batch.state, agent_.noise, agent_.temperature,
                                         into);
  };
  act(gradient);
  ExpectFiniteDifferences(agent_.networks.actor, gradient,
                          [&] { return act(scratch).loss.item<double>(); });
}

INSTANTIATE_TEST_SUITE_P(AllCombinations, SacLossesSwitchesTest,
                         ::testing::Combine(::testing::Bool(), ::testing::Bool(),
                                            ::testing::Values(0.0, 0.2), ::testing::Values(2, 5)));

// Critics whose value is 1, -2, 3, -4, ... everywhere.
void MakeConstant(const MlpShape& shape, const at::Tensor& parameters) {
  const StackedMlp critics = StackedMlp::Create(shape, parameters).value();
  critics.weight(shape.num_layers() - 1).zero_();
  for (int64_t j = 0; j < shape.networks; ++j) {
    critics.bias(shape.num_layers() - 1)[j].fill_(static_cast<double>(j % 2 == 0 ? j + 1 : -j - 1));
  }
}

TEST(CriticTargetTest, TakesTheMinimumOverItsSubset) {
  Agent agent(false, false, 0, 5);
  MakeConstant(agent.networks.critic_shape, agent.networks.targets);  // 1, -2, 3, -4, 5
  const auto target = [&](std::vector<int64_t> subset) {
    return agent.losses()
        .CriticTarget(agent.batch, agent.noise, agent.temperature,
                      subset.empty() ? at::Tensor() : at::tensor(subset, at::kLong))
        .clone();
  };
  const at::Tensor all = target({});
  const auto expect_above = [&](const at::Tensor& got, double q) {
    EXPECT_LT(got.sub(all).sub(kDiscount * q).abs().max().item<double>(), 1e-12);
  };
  expect_above(target({3, 0}), 0);
  expect_above(target({0, 2}), 1 + 4);
  expect_above(target({4, 1}), -2 + 4);
  expect_above(target({4}), 5 + 4);
}

TEST(CriticTargetTest, DropsOutOfTheTargetsToo) {
  Agent with(false, false, 0.2, 2), without(false, false, 0, 2);
  EXPECT_FALSE(
      at::equal(with.losses().CriticTarget(with.batch, with.noise, with.temperature),
                without.losses().CriticTarget(without.batch, without.noise, without.temperature)));
}

TEST(ActorLossTest, TakesTheMinimumOfTwoCriticsAndTheMeanOfMore) {
  for (const auto& [critics, expected] : {std::make_pair(2, -2.0), std::make_pair(5, 0.6)}) {
    Agent agent(false, false, 0, critics);
    MakeConstant(agent.networks.critic_shape, agent.networks.critics);
    const at::Tensor gradient = at::empty_like(agent.networks.actor);
    const SacLosses::ActorResult result =
        agent.losses().ActorGradient(agent.batch.state, agent.noise, agent.temperature, gradient);
    EXPECT_NEAR(result.loss.item<double>(), -0.3 * result.entropy.item<double>() - expected, 1e-12);
  }
}

TEST(CriticLossTest, ReportsTheMeanOfAllCritics) {
  Agent agent(true, false, 0, 5);
  MakeConstant(agent.networks.critic_shape, agent.networks.critics);
  const at::Tensor gradient = at::empty_like(agent.networks.critics);
  const SacLosses::CriticResult result =
      agent.losses().CriticGradient(agent.batch, at::zeros({kBatch, 1}, at::kDouble), gradient);
  EXPECT_NEAR(result.q_mean.item<double>(), 0.6, 1e-12);
  EXPECT_NEAR(result.loss.item<double>(), 1 + 4 + 9 + 16 + 25, 1e-12);
}

}  // namespace
}  // namespace vagram
