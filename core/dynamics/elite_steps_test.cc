#include "core/dynamics/elite_steps.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>

#include "testing/status_matchers.h"

namespace vagram {
namespace {

constexpr int64_t kRows = 11;

// Two observations, one action; an episode ends where the first observation reaches 3.
Task CountingTask() {
  Task task;
  task.id = "Counting";
  task.obs_dim = 2;
  task.act_dim = 1;
  task.act_low = {-2};
  task.act_high = {2};
  task.terminated = [](absl::Span<const float> observation) { return observation[0] >= 3; };
  task.observed_reward = [](absl::Span<const float> observation, absl::Span<const float> action,
                            absl::Span<const float> next_observation) {
    return 100 * observation[0] + 10 * action[0] + next_observation[0];
  };
  return task;
}

// Linear members that add (1, 0) to every state, whatever the action; member m gives reward m.
// Members 2, 0 and 3 of four are elites.
std::unique_ptr<Ensemble> CountingModel(bool probabilistic = false) {
  Ensemble::Options options;
  options.obs_dim = 2;
  options.act_dim = 1;
  options.members = 4;
  options.hidden_sizes = {};
  options.probabilistic = probabilistic;
  std::unique_ptr<Ensemble> ensemble = Ensemble::Create(options, 1).value();
  const int64_t heads = probabilistic ? 6 : 3;
  ensemble->parameters().narrow(0, 0, 4 * 3 * heads).zero_();
  const at::Tensor biases = ensemble->parameters().narrow(0, 4 * 3 * heads, 4 * heads).zero_();
  biases.view({4, heads}).select(1, 0).fill_(1);
  biases.view({4, heads}).select(1, 2).copy_(at::tensor({0.0f, 1.0f, 2.0f, 3.0f}));
  ensemble->SetElites({2, 0, 3});
  return ensemble;
}

at::Tensor States() {  // first observations 0, 0.5, 1, ...
  at::Tensor states = at::zeros({kRows, 2}, at::kFloat);
  states.select(1, 0).copy_(at::arange(kRows) * 0.5);
  return states;
}
at::Tensor Actions() { return at::full({kRows, 1}, 0.25, at::kFloat); }

class EliteStepsTest : public ::testing::Test {
 protected:
  EliteSteps Steps(const Ensemble& ensemble, bool observed_reward = false, uint64_t seed = 1) {
    return EliteSteps(ensemble, &task_, observed_reward, at::Device(at::kCPU), seed);
  }
  const Task task_ = CountingTask();
};

TEST_F(EliteStepsTest, StepsEveryRowOnceWithAnEliteAndJudgesTermination) {
  EliteSteps steps = Steps(*CountingModel());
  at::Tensor uses = at::zeros({4});
  for (int call = 0; call < 30; ++call) {
    const EliteSteps::Outcome outcome = steps.OfOne(States(), Actions());
    EXPECT_TRUE(at::equal(outcome.next_state.select(1, 0), States().select(1, 0) + 1));
    EXPECT_TRUE(
        at::equal(outcome.terminated, outcome.next_state.narrow(1, 0, 1).ge(3).to(at::kFloat)));
    EXPECT_TRUE(outcome.finite.eq(1).all().item<bool>());
    for (int m = 0; m < 4; ++m) uses[m] += outcome.reward.eq(m).sum();
  }
  EXPECT_EQ(uses[1].item<float>(), 0) << "no elite";
  EXPECT_EQ(uses.sum().item<float>(), 30 * kRows);
  // 11 rows on 3 elites: each at least 3 and at most 4 in every call.
  for (int m : {0, 2, 3}) EXPECT_NEAR(uses[m].item<float>(), 30 * kRows / 3.0, 20) << m;
}

TEST_F(EliteStepsTest, GivesEveryElitesOutcomeInTheirOrder) {
  EliteSteps steps = Steps(*CountingModel());
  const EliteSteps::Outcome shared = steps.OfEach(States(), Actions());
  ASSERT_EQ(shared.reward.sizes(), at::IntArrayRef({3, kRows, 1}));
  for (int e = 0; e < 3; ++e) {
    EXPECT_TRUE(shared.reward[e].eq(e == 0 ? 2 : e == 1 ? 0 : 3).all().item<bool>()) << e;
  }
  const EliteSteps::Outcome own =
      steps.OfEach(shared.next_state, Actions().unsqueeze(0).expand({3, -1, -1}));
  EXPECT_TRUE(at::equal(own.next_state[2].select(1, 0), States().select(1, 0) + 2));
}

TEST_F(EliteStepsTest, PaysTheTasksOwnRewardWhereAskedFor) {
  EliteSteps steps = Steps(*CountingModel(), /*observed_reward=*/true);
  const at::Tensor expected = States().narrow(1, 0, 1) * 101 + 2.5 + 1;
  EXPECT_TRUE(at::allclose(steps.OfOne(States(), Actions()).reward, expected));
  EXPECT_TRUE(at::allclose(steps.OfEach(States(), Actions()).reward[1], expected));
}

TEST_F(EliteStepsTest, SamplesAProbabilisticModelWithOneNoiseForAllElites) {
  const std::unique_ptr<Ensemble> model = CountingModel(/*probabilistic=*/true);
  const EliteSteps::Outcome outcome = Steps(*model).OfEach(States(), Actions());
  EXPECT_FALSE(at::equal(outcome.next_state[0].select(1, 0), States().select(1, 0) + 1));
  EXPECT_TRUE(at::equal(outcome.next_state[0], outcome.next_state[2]));
  EXPECT_TRUE(at::equal(outcome.next_state, Steps(*model).OfEach(States(), Actions()).next_state));
  EXPECT_FALSE(at::equal(outcome.next_state,
                         Steps(*model, false, /*seed=*/2).OfEach(States(), Actions()).next_state));
}

TEST_F(EliteStepsTest, MarksPredictionsThatAreNotFinite) {
  at::Tensor states = States();
  states[4][1] = std::numeric_limits<float>::infinity();
  const EliteSteps::Outcome outcome = Steps(*CountingModel()).OfOne(states, Actions());
  EXPECT_EQ(outcome.finite.sum().item<float>(), kRows - 1);
  EXPECT_EQ(outcome.finite[4].item<float>(), 0);
  EXPECT_TRUE(outcome.next_state[4].eq(0).all().item<bool>());
  EXPECT_EQ(outcome.reward[4].item<float>(), 0);
}

TEST_F(EliteStepsTest, MarksObservedRewardsThatAreNotFinite) {
  Task task = CountingTask();
  task.observed_reward = [](absl::Span<const float>, absl::Span<const float>,
                            absl::Span<const float> next_observation) {
    return std::log(4.5 - next_observation[0]);
  };
  // First observations are 1, 1.5, ... after the step: row 7 is at 4.5, of which the logarithm is
  // infinite, and those after it beyond.
  const at::Tensor fine = at::arange(kRows).lt(7).to(at::kFloat).unsqueeze(1);
  EliteSteps steps(*CountingModel(), &task, /*observed_reward=*/true, at::Device(at::kCPU), 1);
  const EliteSteps::Outcome one = steps.OfOne(States(), Actions());
  EXPECT_TRUE(at::equal(one.finite, fine));
  const at::Tensor next = States().narrow(1, 0, 1) + 1;
  EXPECT_TRUE(at::equal(one.next_state.narrow(1, 0, 1), next * fine));
  EXPECT_TRUE(at::allclose(one.reward, (4.5 - next).clamp_min(0.1).log() * fine));
  EXPECT_TRUE(at::equal(one.terminated, one.next_state.narrow(1, 0, 1).ge(3).to(at::kFloat)));
  const EliteSteps::Outcome each = steps.OfEach(States(), Actions());
  EXPECT_TRUE(at::equal(each.finite[2], fine));
  EXPECT_TRUE(each.reward.isfinite().all().item<bool>());
}

}  // namespace
}  // namespace vagram
