#include "core/env/conformance.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "testing/status_matchers.h"

namespace vagram {

std::ostream& operator<<(std::ostream& out, const ConformanceCase& conformance_case) {
  return out << conformance_case.name;
}

std::string CaseName(const testing::TestParamInfo<ConformanceCase>& info) {
  std::string name = info.param.name;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

void Conformance::SetUp() {
  absl::StatusOr<EnvFactory> factory = EnvFactory::Create(GetParam().spec);
  ASSERT_OK(factory);
  factory_ = *std::move(factory);
}

std::unique_ptr<Env> Conformance::Make() const {
  absl::StatusOr<std::unique_ptr<Env>> env = factory_->Make();
  EXPECT_OK(env);
  return env.ok() ? *std::move(env) : nullptr;
}

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kSteps = 300;

// Random play that leaves a trace of everything it saw in Reset and Step.
class Player {
 public:
  Player(Env* env, uint64_t seed) : env_(*env), rng_(seed) {}

  void Reset() {
    env_.Reset(rng_);
    Append(Observation());
  }

  StepOutcome Step() {
    const StepOutcome outcome = Apply(RandomAction());
    trace_.push_back(outcome.reward);
    trace_.push_back(outcome.terminated);
    Append(Observation());
    return outcome;
  }

  std::vector<double> RandomAction() {
    std::vector<double> action;
    for (int i = 0; i < env_.task().act_dim; ++i) {
      action.push_back(rng_.Uniform(env_.task().act_low[i], env_.task().act_high[i]));
    }
    return action;
  }

  StepOutcome Apply(const std::vector<double>& action) {
    const absl::StatusOr<StepOutcome> outcome = env_.Step(action);
    EXPECT_OK(outcome);
    return outcome.value_or(StepOutcome());
  }

  // Steps, with a new episode after each end.
  void Play(int num_steps) {
    for (int i = 0; i < num_steps; ++i) {
      if (Step().terminated) Reset();
    }
  }

  std::vector<double> Observation() const {
    std::vector<double> observation(env_.task().obs_dim, std::nan(""));
    env_.Observe(absl::MakeSpan(observation));
    return observation;
  }

  const std::vector<double>& trace() const { return trace_; }

 private:
  void Append(const std::vector<double>& values) {
    trace_.insert(trace_.end(), values.begin(), values.end());
  }

  Env& env_;
  Rng rng_;
  std::vector<double> trace_;
};

// Bytes that the process has allocated and not freed; zero under sanitizers, which have allocators
// and leak detectors of their own.
size_t HeapInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST_P(Conformance, DescribesItselfCompletely) {
  const Task& task = this->task();
  EXPECT_GT(task.obs_dim, 0);
  EXPECT_GT(task.act_dim, 0);
  ASSERT_EQ(static_cast<int>(task.act_low.size()), task.act_dim);
  ASSERT_EQ(static_cast<int>(task.act_high.size()), task.act_dim);
  for (int i = 0; i < task.act_dim; ++i) EXPECT_LT(task.act_low[i], task.act_high[i]);
  EXPECT_GT(task.max_episode_steps, 0);
  EXPECT_GT(task.dt_seconds, 0);
  int described = 0;
  for (const ObservationPart& part : task.observation) {
    EXPECT_GT(part.size, 0);
    EXPECT_FALSE(part.meaning.empty());
    described += part.size;
  }
  EXPECT_EQ(described, task.obs_dim);
  EXPECT_FALSE(task.reward.empty());
  EXPECT_FALSE(task.termination.empty());
  ASSERT_TRUE(task.terminated);
  EXPECT_EQ(Make()->task().id, task.id);
}

TEST_P(Conformance, ShowsFiniteObservationsAndRewards) {
  const auto env = Make();
  Player player(env.get(), 1);
  player.Reset();
  player.Play(kSteps);
  for (const double value : player.trace()) ASSERT_TRUE(std::isfinite(value));
}

TEST_P(Conformance, DoesTheSameForTheSameSeed) {
  const auto first_env = Make(), second_env = Make();
  Player first(first_env.get(), 2), second(second_env.get(), 2);
  first.Reset();
  second.Reset();
  first.Play(kSteps);
  second.Play(kSteps);
  EXPECT_EQ(first.trace(), second.trace());
}

TEST_P(Conformance, KeepsItsCopiesApart) {
  const auto alone_env = Make(), env = Make(), neighbour_env = Make();
  Player alone(alone_env.get(), 2), player(env.get(), 2), neighbour(neighbour_env.get(), 12);
  alone.Reset();
  alone.Play(kSteps);
  player.Reset();
  neighbour.Reset();
  for (int i = 0; i < kSteps; ++i) {
    player.Play(1);
    neighbour.Play(1);
  }
  EXPECT_EQ(player.trace(), alone.trace());
}

TEST_P(Conformance, StartsElsewhereForAnotherSeedAndEpisode) {
  const auto env = Make();
  Player first(env.get(), 3), second(env.get(), 4);
  first.Reset();
  const std::vector<double> start = first.Observation();
  first.Reset();
  EXPECT_NE(first.Observation(), start);
  second.Reset();
  EXPECT_NE(second.Observation(), start);
}

// An episode must not depend on what the same copy simulated before.
TEST_P(Conformance, ForgetsEarlierEpisodesOnReset) {
  const auto used_env = Make(), fresh_env = Make();
  Player past(used_env.get(), 5);
  past.Reset();
  past.Play(kSteps);
  Player used(used_env.get(), 6), fresh(fresh_env.get(), 6);
  used.Reset();
  fresh.Reset();
  used.Play(kSteps);
  fresh.Play(kSteps);
  EXPECT_EQ(used.trace(), fresh.trace());
}

TEST_P(Conformance, ContinuesBitForBitWhereItWasSaved) {
  const auto env = Make(), other = Make();
  Player player(env.get(), 7);
  player.Reset();
  Player elsewhere(other.get(), 8);  // the state restored into is a used one
  elsewhere.Reset();
  elsewhere.Play(20);
  for (int steps_before = 0; steps_before < 25; ++steps_before) {
    const std::string bytes = env->Save();
    ASSERT_OK(other->Restore(bytes));
    EXPECT_EQ(other->Save(), bytes);
    Player original(env.get(), steps_before), restored(other.get(), steps_before);
    EXPECT_EQ(original.Observation(), restored.Observation());
    original.Play(10);
    restored.Play(10);
    ASSERT_EQ(original.trace(), restored.trace()) << "after " << steps_before << " steps";
    ASSERT_OK(env->Restore(bytes));
    if (player.Step().terminated) player.Reset();
  }
}

TEST_P(Conformance, RefusesStatesOfOthersAndKeepsItsOwn) {
  const auto env = Make();
  Player player(env.get(), 9);
  player.Reset();
  const std::string bytes = env->Save();
  EXPECT_THAT(env->Restore(bytes.substr(0, bytes.size() - 1)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expected")));
  EXPECT_THAT(env->Restore(bytes + "x"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(env->Restore(""), StatusIs(absl::StatusCode::kInvalidArgument));
  for (const Task& other_task : AllTasks()) {
    if (other_task.id == task().id) continue;
    const auto other = *MakeEnv(other_task.id);
    EXPECT_THAT(env->Restore(other->Save()), StatusIs(absl::StatusCode::kInvalidArgument,
                                                      HasSubstr("is not one of " + task().id)));
  }
  EXPECT_EQ(env->Save(), bytes);
}

TEST_P(Conformance, JudgesByTheObservationAsItSteps) {
  const auto env = Make();
  Player player(env.get(), 10);
  player.Reset();
  int ends = 0;
  for (int i = 0; i < 1000; ++i) {
    const bool terminated = player.Step().terminated;
    const std::vector<double> exact = player.Observation();
    const std::vector<float> observation(exact.begin(), exact.end());
    ASSERT_EQ(task().terminated(observation), terminated) << "step " << i;
    ends += terminated;
    if (terminated) player.Reset();
  }
  const bool never_ends = task().termination == "never";
  EXPECT_EQ(ends == 0, never_ends) << ends << " ends";
}

TEST_P(Conformance, RewardsByTheObservationsAsItSteps) {
  if (!task().observed_reward) GTEST_SKIP() << "the observation does not tell the reward";
  constexpr double kTolerance = 1e-4;  // a velocity of float32 positions over a short step
  const auto env = Make();
  Player player(env.get(), 13);
  player.Reset();
  const auto observed = [&player] {
    const std::vector<double> exact = player.Observation();
    return std::vector<float>(exact.begin(), exact.end());
  };
  for (int i = 0; i < 1000; ++i) {
    const std::vector<float> before = observed();
    const std::vector<double> action = player.RandomAction();
    const StepOutcome outcome = player.Apply(action);
    const double reward = task().observed_reward(
        before, std::vector<float>(action.begin(), action.end()), observed());
    ASSERT_NEAR(reward, outcome.reward, kTolerance * (1 + std::abs(outcome.reward)))
        << "step " << i;
    if (outcome.terminated) player.Reset();
  }
}

TEST_P(Conformance, NeedsNoMoreMemoryTheLongerItRuns) {
  constexpr int kMostSteps = 100'000, kChunk = 1000;
  constexpr auto kLongest = std::chrono::seconds(1);  // reached by tasks that simulate slowly
  const auto env = Make();
  std::vector<double> action = task().act_low, observation(task().obs_dim);
  Rng rng(14);
  env->Reset(rng);
  const auto run = [&] {
    for (int i = 0; i < kChunk; ++i) {
      for (int k = 0; k < task().act_dim; ++k) {
        action[k] = rng.Uniform(task().act_low[k], task().act_high[k]);
      }
      const absl::StatusOr<StepOutcome> outcome = env->Step(action);
      ASSERT_OK(outcome);
      env->Observe(absl::MakeSpan(observation));
      if (outcome->terminated || i == kChunk / 2) env->Reset(rng);
    }
  };
  run();  // what is allocated once
  const size_t before = HeapInUse();
  const auto start = std::chrono::steady_clock::now();
  for (int steps = 0; steps < kMostSteps; steps += kChunk) {
    run();
    if (std::chrono::steady_clock::now() - start > kLongest) break;
  }
  // Less than the smallest block a step, even if there was time for one chunk only.
  EXPECT_LE(HeapInUse(), before + 8 * kChunk);
}

TEST_P(Conformance, RefusesActionsThatItCannotApply) {
  const auto env = Make();
  Player player(env.get(), 11);
  player.Reset();
  const std::string before = env->Save();
  const int act_dim = task().act_dim;
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    std::vector<double> action(act_dim, 0.0);
    action.back() = bad;
    EXPECT_THAT(env->Step(action),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("at position " + std::to_string(act_dim - 1))));
  }
  for (const int size : {0, act_dim - 1, act_dim + 1}) {
    EXPECT_THAT(env->Step(std::vector<double>(size, 0.0)),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("action has " + std::to_string(size) + " values"),
                               HasSubstr("wants " + std::to_string(act_dim)))));
  }
  EXPECT_EQ(env->Save(), before);
}

}  // namespace
}  // namespace vagram
