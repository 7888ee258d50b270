#include "learner/sac/sac.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>

#include "core/base/random.h"
#include "core/nn/gaussian_policy.h"
#include "learner/sac/small_agent.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

at::Tensor ParametersAfter(int updates, const SacOptions& options, uint64_t seed) {
  std::unique_ptr<Sac> sac = Sac::Create(options, seed).value();
  for (int i = 0; i < updates; ++i) sac->Update(RandomBatch(options, 100 + i));
  return sac->AllParameters();
}

TEST(SacTest, SameSeedGivesTheSameBits) {
  EXPECT_TRUE(
      at::equal(ParametersAfter(5, SmallOptions(), 1), ParametersAfter(5, SmallOptions(), 1)));
}

TEST(SacTest, OtherSeedsDiffer) {
  EXPECT_FALSE(
      at::equal(ParametersAfter(0, SmallOptions(), 1), ParametersAfter(0, SmallOptions(), 2)));
  EXPECT_FALSE(
      at::equal(ParametersAfter(5, SmallOptions(), 1), ParametersAfter(5, SmallOptions(), 2)));
}

TEST(SacTest, TruncationDoesNotEndTheBootstrapAndTerminationDoes) {
  const SacOptions options = SmallOptions();
  const auto after = [&](bool terminated, bool truncated) {
    std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
    TransitionBatch batch = RandomBatch(options, 7);
    batch.terminated.assign(batch.size, terminated);
    batch.truncated.assign(batch.size, truncated);
    sac->Update(batch);
    return sac->AllParameters();
  };
  EXPECT_TRUE(at::equal(after(false, false), after(false, true)));
  EXPECT_FALSE(at::equal(after(false, false), after(true, false)));
  EXPECT_TRUE(at::equal(after(true, false), after(true, true)));
}

TEST(SacTest, UpdatesWhatIsDue) {
  SacOptions options = SmallOptions();
  options.actor_update_every = 2;
  options.target_update_every = 3;
  std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
  CriticSnapshot before = sac->Snapshot();
  for (int update = 1; update <= 6; ++update) {
    sac->Update(RandomBatch(options, update));
    const CriticSnapshot after = sac->Snapshot();
    EXPECT_EQ(after.version, update);
    EXPECT_FALSE(at::equal(after.critics, before.critics)) << update;
    EXPECT_EQ(at::equal(after.actor, before.actor), update % 2 != 0) << update;
    EXPECT_EQ(at::equal(after.targets, before.targets), update % 3 != 0) << update;
    before = after;
  }
}

TEST(SacTest, TargetsFollowTheCriticsByTau) {
  SacOptions options = SmallOptions();
  options.target_smoothing = 0.25;
  std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
  const CriticSnapshot before = sac->Snapshot();
  EXPECT_TRUE(at::equal(before.critics, before.targets));
  sac->Update(RandomBatch(options, 1));
  const CriticSnapshot after = sac->Snapshot();
  EXPECT_TRUE(at::allclose(after.targets, before.targets * 0.75 + after.critics * 0.25,
                           /*rtol=*/1e-5, /*atol=*/1e-7));
}

TEST(SacTest, TemperatureMovesTowardsTheTargetEntropy) {
  for (const double target_entropy : {-50.0, 50.0}) {
    SacOptions options = SmallOptions();
    options.target_entropy = target_entropy;
    options.temperature_learning_rate = 0.1;
    std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
    sac->Update(RandomBatch(options, 1));
    EXPECT_DOUBLE_EQ(sac->TakeMetrics().temperature, 1);
    sac->Update(RandomBatch(options, 2));
    // Adam's first step has the length of the learning rate.
    EXPECT_NEAR(std::log(sac->TakeMetrics().temperature), target_entropy < 0 ? -0.1 : 0.1, 1e-5);
  }
}

TEST(SacTest, KeepsAFixedTemperature) {
  SacOptions options = SmallOptions();
  options.learn_temperature = false;
  options.initial_temperature = 0.2;
  std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
  for (int i = 0; i < 3; ++i) sac->Update(RandomBatch(options, i));
  EXPECT_NEAR(sac->TakeMetrics().temperature, 0.2, 1e-7);
}

TEST(SacTest, MetricsAreMeansOfTheirWindow) {
  SacOptions options = SmallOptions();
  options.actor_update_every = 2;
  std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
  std::unique_ptr<Sac> stepwise = Sac::Create(options, 1).value();
  SacMetrics sums;
  for (int i = 0; i < 4; ++i) {
    sac->Update(RandomBatch(options, i));
    stepwise->Update(RandomBatch(options, i));
    const SacMetrics one = stepwise->TakeMetrics();
    EXPECT_EQ(one.updates, 1);
    EXPECT_GT(one.critic_loss, 0);
    sums.critic_loss += one.critic_loss / 4;
    sums.q_mean += one.q_mean / 4;
    sums.actor_loss += one.actor_loss / 2;
    sums.entropy += one.entropy / 2;
  }
  const SacMetrics metrics = sac->TakeMetrics();
  EXPECT_EQ(metrics.updates, 4);
  EXPECT_NEAR(metrics.critic_loss, sums.critic_loss, 1e-12);
  EXPECT_NEAR(metrics.q_mean, sums.q_mean, 1e-12);
  EXPECT_NEAR(metrics.actor_loss, sums.actor_loss, 1e-12);
  EXPECT_NEAR(metrics.entropy, sums.entropy, 1e-12);
  EXPECT_EQ(sac->TakeMetrics().updates, 0);
}

TEST(SacTest, SnapshotsAreCopies) {
  const SacOptions options = SmallOptions();
  std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
  const CriticSnapshot snapshot = sac->Snapshot();
  const at::Tensor actor = snapshot.actor.clone(), critics = snapshot.critics.clone();
  const at::Tensor targets = snapshot.targets.clone(), policy = sac->PolicyParameters();
  EXPECT_TRUE(at::equal(policy, actor));
  sac->Update(RandomBatch(options, 1));
  EXPECT_TRUE(at::equal(snapshot.actor, actor));
  EXPECT_TRUE(at::equal(snapshot.critics, critics));
  EXPECT_TRUE(at::equal(snapshot.targets, targets));
  EXPECT_TRUE(at::equal(policy, actor));
  EXPECT_FALSE(at::equal(sac->PolicyParameters(), actor));
}

TEST(SacTest, SolvesAQuadraticBandit) {
  // Reward -(a - 0.3)^2 in a box of [-2, 2]: with little temperature the mean goes to 0.3.
  SacOptions options;
  options.obs_dim = 1;
  options.act_dim = 1;
  options.act_low = {-2};
  options.act_high = {2};
  options.hidden_sizes = {32, 32};
  options.batch_size = 64;
  options.actor_learning_rate = options.critic_learning_rate = 3e-3;
  options.initial_temperature = 0.01;
  options.learn_temperature = false;
  std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
  Rng rng(2);
  TransitionBatch batch(options.batch_size, 1, 1);
  batch.terminated.assign(batch.size, 1);
  for (int update = 0; update < 1000; ++update) {
    for (int64_t row = 0; row < batch.size; ++row) {
      const float a = static_cast<float>(rng.Uniform(-2, 2));
      batch.action[row] = a;
      batch.reward[row] = -(a - 0.3f) * (a - 0.3f);
    }
    sac->Update(batch);
  }
  GaussianPolicy::Options policy_options;
  policy_options.obs_dim = 1;
  policy_options.act_low = options.act_low;
  policy_options.act_high = options.act_high;
  policy_options.hidden_sizes = options.hidden_sizes;
  GaussianPolicy policy = GaussianPolicy::Create(policy_options, sac->PolicyParameters()).value();
  EXPECT_NEAR(policy.Mean(at::zeros({1, 1})).item<double>(), 0.3, 0.1);
}

TEST(SacTest, RefusesImpossibleOptions) {
  const auto status_of = [](auto change) {
    SacOptions options = SmallOptions();
    change(options);
    return Sac::Create(options, 1).status();
  };
  const auto refused = [](const std::string& what) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(what));
  };
  EXPECT_THAT(status_of([](SacOptions& o) { o.batch_size = 0; }), refused("batch_size"));
  EXPECT_THAT(status_of([](SacOptions& o) { o.discount = 1.5; }), refused("discount"));
  EXPECT_THAT(status_of([](SacOptions& o) { o.critic_learning_rate = std::nan(""); }),
              refused("critic_learning_rate"));
  EXPECT_THAT(status_of([](SacOptions& o) { o.act_low.pop_back(); }), refused("act_low"));
  EXPECT_THAT(status_of([](SacOptions& o) { o.act_high[0] = -1; }), refused("action 0"));
  EXPECT_THAT(status_of([](SacOptions& o) { o.hidden_sizes[1] = 0; }), refused("hidden_sizes"));
  EXPECT_THAT(status_of([](SacOptions& o) { o.device = "tpu"; }), refused("tpu"));
}

}  // namespace
}  // namespace vagram
