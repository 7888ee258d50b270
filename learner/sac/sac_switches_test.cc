// The agent with the options of README.md, and what it says when it diverges.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/divergence.h"
#include "core/base/random.h"
#include "core/nn/gaussian_policy.h"
#include "learner/sac/sac.h"
#include "learner/sac/small_agent.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

SacOptions EverySwitch() {
  SacOptions options = SmallOptions();
  options.layer_norm = true;
  options.unit_features = true;
  options.dropout = 0.1;
  options.critics = 5;
  options.target_subset = 2;
  return options;
}

CriticSnapshot After(int updates, const SacOptions& options, uint64_t seed = 1) {
  std::unique_ptr<Sac> sac = Sac::Create(options, seed).value();
  for (int i = 0; i < updates; ++i) sac->Update(RandomBatch(options, 100 + i));
  return sac->Snapshot();
}

TEST(SacSwitchesTest, SameSeedGivesTheSameBits) {
  const CriticSnapshot a = After(5, EverySwitch()), b = After(5, EverySwitch());
  EXPECT_TRUE(at::equal(a.actor, b.actor));
  EXPECT_TRUE(at::equal(a.critics, b.critics));
  EXPECT_TRUE(at::equal(a.targets, b.targets));
  EXPECT_FALSE(at::equal(a.critics, After(5, EverySwitch(), 2).critics));
}

TEST(SacSwitchesTest, EverySwitchMatters) {
  const at::Tensor all = After(10, EverySwitch()).critics;
  const std::vector<std::function<void(SacOptions&)>> changes = {
      [](SacOptions& o) { o.unit_features = false; }, [](SacOptions& o) { o.dropout = 0; },
      [](SacOptions& o) { o.target_subset = 1; }, [](SacOptions& o) { o.target_subset = 5; }};
  for (size_t i = 0; i < changes.size(); ++i) {
    SacOptions options = EverySwitch();
    changes[i](options);
    EXPECT_FALSE(at::equal(After(10, options).critics, all)) << i;
  }
}

TEST(SacSwitchesTest, DrawsTheCriticsOfTheTargetAnewForEveryUpdate) {
  // Without steps, and where all actions are the same, a batch's loss tells which target was drawn.
  SacOptions options = SmallOptions();
  options.act_low = {0, 0};
  options.act_high = {1e-6, 1e-6};
  options.critics = 3;
  options.critic_learning_rate = options.actor_learning_rate = 1e-30;
  options.target_smoothing = 1e-30;
  options.initial_temperature = 1e-30;
  options.learn_temperature = false;
  TransitionBatch batch = RandomBatch(options, 7);
  batch.terminated.assign(batch.size, 0);
  const auto different_losses = [&](int target_subset) {
    options.target_subset = target_subset;
    std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
    std::set<int64_t> losses;
    for (int i = 0; i < 60; ++i) {
      sac->Update(batch);
      losses.insert(std::llround(sac->TakeMetrics().critic_loss * 1e3));
    }
    return losses.size();
  };
  EXPECT_EQ(different_losses(1), 3u);
  EXPECT_EQ(different_losses(2), 3u);
  EXPECT_EQ(different_losses(3), 1u);
}

TEST(SacSwitchesTest, NormalizesActorAndCritics) {
  SacOptions options = SmallOptions();
  const int64_t actor = SacActorShape(options).num_parameters();
  const int64_t critics = SacCriticShape(options).num_parameters();
  options.layer_norm = true;
  EXPECT_EQ(SacActorShape(options).num_parameters(), actor + 2 * (16 + 16));
  EXPECT_EQ(SacCriticShape(options).num_parameters(), critics + 2 * 2 * (16 + 16));
  options.critics = 10;
  EXPECT_EQ(SacCriticShape(options).num_parameters(), 5 * (critics + 2 * 2 * (16 + 16)));
}

TEST(SacSwitchesTest, GivesValueGradientsOfAllCritics) {
  const SacOptions options = EverySwitch();
  const CriticSnapshot snapshot = After(1, options);
  ValueGradientFunction gradients =
      ValueGradientFunction::Create(options, snapshot, ValueFunctions::kAll).value();
  EXPECT_EQ(gradients.num_value_functions(), 10);
  Rng rng(3);
  const at::Tensor states = at::empty({4, 3}, at::kFloat);
  rng.FillNormal(absl::MakeSpan(states.data_ptr<float>(), states.numel()));
  const at::Tensor got = gradients(states);
  ASSERT_EQ(got.sizes(), at::IntArrayRef({10, 4, 3}));

  GaussianPolicy::Options policy;
  static_cast<AgentNetworks&>(policy) = options;
  policy.act_low = options.act_low;
  policy.act_high = options.act_high;
  const at::Tensor action =
      GaussianPolicy::Create(policy, snapshot.actor).value().Mean(states).to(at::kDouble);
  const StackedMlp targets =
      StackedMlp::Create(SacCriticShape(options), snapshot.targets.to(at::kDouble)).value();
  for (int64_t d = 0; d < 3; ++d) {
    const at::Tensor shift = at::zeros({1, 3}, at::kDouble);
    shift[0][d] = 1e-6;
    const auto values = [&](const at::Tensor& s) {
      MlpWorkspace workspace;  // without dropout: that is for training
      return targets.Forward(at::cat({s, action}, 1), workspace).squeeze(2).clone();
    };
    const at::Tensor s = states.to(at::kDouble);
    const at::Tensor expected = (values(s + shift) - values(s - shift)) / 2e-6;
    EXPECT_LT(got.narrow(0, 5, 5).select(2, d).sub(expected).abs().max().item<double>(), 1e-4);
  }
}

TEST(SacSwitchesTest, SolvesAQuadraticBanditWithEverySwitch) {
  // Reward -(a - 0.3)^2 in a box of [-2, 2]: with little temperature the mean goes to 0.3.
  SacOptions options;
  options.obs_dim = 1;
  options.act_dim = 1;
  options.act_low = {-2};
  options.act_high = {2};
  options.hidden_sizes = {32, 32};
  options.layer_norm = true;
  options.unit_features = true;
  options.dropout = 0.01;
  options.critics = 4;
  options.target_subset = 2;
  options.batch_size = 64;
  options.actor_learning_rate = options.critic_learning_rate = 3e-3;
  options.initial_temperature = 0.01;
  options.learn_temperature = false;
  std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
  Rng rng(2);
  TransitionBatch batch(options.batch_size, 1, 1);
  batch.observation.assign(batch.size, 1);
  batch.next_observation.assign(batch.size, 1);
  batch.terminated.assign(batch.size, 1);
  for (int update = 0; update < 1000; ++update) {
    for (int64_t row = 0; row < batch.size; ++row) {
      const float a = static_cast<float>(rng.Uniform(-2, 2));
      batch.action[row] = a;
      batch.reward[row] = -(a - 0.3f) * (a - 0.3f);
    }
    sac->Update(batch);
  }
  GaussianPolicy::Options policy;
  static_cast<AgentNetworks&>(policy) = options;
  policy.act_low = options.act_low;
  policy.act_high = options.act_high;
  EXPECT_NEAR(GaussianPolicy::Create(policy, sac->PolicyParameters())
                  .value()
                  .Mean(at::ones({1, 1}))
                  .item<double>(),
              0.3, 0.15);
}

TEST(SacSwitchesTest, RefusesImpossibleOptions) {
  const auto status_of = [](auto change) {
    SacOptions options = SmallOptions();
    change(options);
    return Sac::Create(options, 1).status();
  };
  const auto refused = [](const std::string& what) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(what));
  };
  EXPECT_THAT(status_of([](SacOptions& o) { o.critics = 1; }), refused("critics"));
  EXPECT_THAT(status_of([](SacOptions& o) { o.target_subset = 3; }), refused("target_subset"));
  EXPECT_THAT(status_of([](SacOptions& o) { o.target_subset = 0; }), refused("target_subset"));
  EXPECT_THAT(status_of([](SacOptions& o) { o.dropout = 1; }), refused("dropout"));
}

TEST(SacDivergenceTest, IsFiniteWhileItTrains) {
  const SacOptions options = EverySwitch();
  std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
  EXPECT_OK(sac->CheckFinite());
  for (int i = 0; i < 4; ++i) {
    sac->Update(RandomBatch(options, i));
    EXPECT_OK(sac->CheckFinite());
    if (i == 1) sac->TakeMetrics();
  }
}

TEST(SacDivergenceTest, NamesWhatFailedFirstAndInWhichUpdateAndWhatWasBefore) {
  const SacOptions options = SmallOptions();
  std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
  sac->Update(RandomBatch(options, 1));
  sac->TakeMetrics();
  for (int i = 2; i <= 4; ++i) sac->Update(RandomBatch(options, i));
  ASSERT_OK(sac->CheckFinite());

  std::unique_ptr<Sac> twin = Sac::Create(options, 1).value();
  twin->Update(RandomBatch(options, 1));
  twin->TakeMetrics();
  for (int i = 2; i <= 4; ++i) twin->Update(RandomBatch(options, i));
  const SacMetrics before = twin->TakeMetrics();

  sac->Update(RandomBatch(options, 5));
  TransitionBatch poisoned = RandomBatch(options, 6);
  poisoned.reward[3] = std::numeric_limits<float>::quiet_NaN();
  sac->Update(poisoned);  // update 6
  sac->Update(RandomBatch(options, 7));
  const absl::Status status = sac->CheckFinite();
  EXPECT_TRUE(IsDiverged(status));
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kInternal,
                       AllOf(HasSubstr("the critics' loss stopped being finite in update 6"),
                             HasSubstr("over 3 updates"),
                             HasSubstr(absl::StrCat("critic loss ", before.critic_loss)),
                             HasSubstr(absl::StrCat("mean Q ", before.q_mean)),
                             HasSubstr("sac.critic_learning_rate"))));
}

TEST(SacDivergenceTest, TellsAnInfiniteStateByTheValues) {
  const SacOptions options = SmallOptions();
  std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
  TransitionBatch poisoned = RandomBatch(options, 6);
  poisoned.observation[0] = std::numeric_limits<float>::infinity();
  sac->Update(poisoned);
  EXPECT_THAT(sac->CheckFinite(),
              StatusIs(absl::StatusCode::kInternal,
                       AllOf(HasSubstr("mean Q stopped being finite in update 1"),
                             HasSubstr("nothing was measured before"))));
}

}  // namespace
}  // namespace vagram
