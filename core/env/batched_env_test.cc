#include "core/env/batched_env.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/random.h"
#include "core/env/env_factory.h"
#include "core/env/episode.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

BatchedEnv::Options Options(int num_copies, int num_threads, uint64_t seed = 1) {
  BatchedEnv::Options options;
  options.num_copies = num_copies;
  options.num_threads = num_threads;
  options.seed = seed;
  return options;
}

EnvFactory FactoryOf(const std::string& id) {
  EnvSpec spec;
  spec.id = id;
  return EnvFactory::Create(spec).value();
}

std::vector<float> RandomActions(const Task& task, int num_copies, Rng& rng) {
  std::vector<float> actions;
  for (int i = 0; i < num_copies; ++i) {
    for (int j = 0; j < task.act_dim; ++j) {
      actions.push_back(static_cast<float>(rng.Uniform(task.act_low[j], task.act_high[j])));
    }
  }
  return actions;
}

// Random play that leaves a trace of every column, as bytes.
std::string Play(BatchedEnv& envs, uint64_t action_seed, int num_steps) {
  Rng rng(action_seed);
  std::string trace;
  const auto append = [&trace](const auto& column) {
    trace.append(reinterpret_cast<const char*>(column.data()), column.size() * sizeof(column[0]));
  };
  for (int i = 0; i < num_steps; ++i) {
    append(envs.Observations());
    const auto step = envs.Step(RandomActions(envs.task(), envs.num_copies(), rng));
    EXPECT_OK(step);
    if (!step.ok()) return trace;
    EXPECT_THAT(step->failed, IsEmpty());
    append(step->next_observation);
    append(step->reward);
    append(step->terminated);
    append(step->truncated);
    append(step->episode_return);
    append(step->episode_length);
  }
  append(envs.Observations());
  return trace;
}

class BatchedEnvOf : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<BatchedEnv> Make(const BatchedEnv::Options& options) {
    return BatchedEnv::Create(factory_, options).value();
  }
  const EnvFactory factory_ = FactoryOf(GetParam());
};

TEST_P(BatchedEnvOf, StepsEveryCopyAsTheEpisodeOfItsSeed) {
  constexpr int kCopies = 5;
  BatchedEnv::Options options = Options(kCopies, 2, 7);
  options.max_episode_steps = 30;
  const auto envs = Make(options);
  std::vector<std::unique_ptr<Episode>> episodes;
  for (int i = 0; i < kCopies; ++i) {
    episodes.push_back(Episode::Create(factory_, DeriveSeed(7, "copy", i), 30).value());
  }
  const int obs_dim = envs->task().obs_dim, act_dim = envs->task().act_dim;
  Rng rng(2);
  int ends = 0;
  for (int t = 0; t < 100; ++t) {
    const std::vector<float> actions = RandomActions(envs->task(), kCopies, rng);
    ASSERT_OK_AND_ASSIGN(const BatchedStep step, envs->Step(actions));
    EXPECT_EQ(step.observation, envs->Observations());
    for (int i = 0; i < kCopies; ++i) {
      ASSERT_OK_AND_ASSIGN(
          const EpisodeStep expected,
          episodes[i]->Step(absl::MakeConstSpan(actions).subspan(i * act_dim, act_dim)));
      ASSERT_EQ(step.next_observation.subspan(i * obs_dim, obs_dim), expected.next_observation);
      ASSERT_EQ(step.observation.subspan(i * obs_dim, obs_dim), episodes[i]->Observation());
      ASSERT_EQ(step.reward[i], static_cast<float>(expected.reward));
      ASSERT_EQ(step.terminated[i], expected.terminated);
      ASSERT_EQ(step.truncated[i], expected.truncated);
      ASSERT_EQ(step.episode_return[i], expected.episode_return);
      ASSERT_EQ(step.episode_length[i], expected.episode_length);
      ends += expected.ended();
    }
  }
  EXPECT_GE(ends, 3 * kCopies);
}

TEST_P(BatchedEnvOf, GivesTheSameBitsOnAnyNumberOfThreads) {
  const std::string alone = Play(*Make(Options(7, 1)), 3, 120);
  for (const int num_threads : {2, 3, 7, 20}) {
    const auto envs = Make(Options(7, num_threads));
    EXPECT_EQ(envs->num_threads(), std::min(num_threads, 7));
    EXPECT_TRUE(Play(*envs, 3, 120) == alone) << num_threads << " threads";
  }
  EXPECT_FALSE(Play(*Make(Options(7, 1, 2)), 3, 120) == alone) << "another seed";
}

TEST_P(BatchedEnvOf, ContinuesBitForBitWhereItWasSaved) {
  const auto envs = Make(Options(4, 2));
  Play(*envs, 4, 50);
  const std::vector<EpisodeState> states = envs->Save();
  const auto restored = Make(Options(4, 3, 99));
  Play(*restored, 5, 10);
  ASSERT_OK(restored->Restore(states));
  EXPECT_TRUE(Play(*restored, 6, 60) == Play(*envs, 6, 60));
}

TEST_P(BatchedEnvOf, KeepsItsStateWhenACopyRefusesTheNewOne) {
  const auto envs = Make(Options(4, 2)), same = Make(Options(4, 2)), other = Make(Options(4, 1, 9));
  Play(*envs, 4, 20);
  Play(*same, 4, 20);
  std::vector<EpisodeState> states = other->Save();
  states[2].simulation.pop_back();
  EXPECT_THAT(envs->Restore(states), StatusIs(absl::StatusCode::kInvalidArgument,
                                              AllOf(HasSubstr("copy 2"), HasSubstr("expected"))));
  states.pop_back();
  EXPECT_THAT(envs->Restore(states), StatusIs(absl::StatusCode::kInvalidArgument,
                                              AllOf(HasSubstr("3 copies"), HasSubstr("4"))));
  EXPECT_TRUE(Play(*envs, 5, 40) == Play(*same, 5, 40));
}

TEST_P(BatchedEnvOf, StepsNoCopyWhenAnActionCannotBeApplied) {
  const auto envs = Make(Options(3, 2)), same = Make(Options(3, 2));
  const Task& task = envs->task();
  Rng rng(8);
  const std::vector<float> good = RandomActions(task, 3, rng);
  for (const float bad : {std::nanf(""), HUGE_VALF, -HUGE_VALF}) {
    std::vector<float> actions = good;
    actions.back() = bad;
    EXPECT_THAT(envs->Step(actions),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("copy 2"),
                               HasSubstr("position " + std::to_string(task.act_dim - 1)))));
  }
  for (const size_t size : {size_t{0}, good.size() - 1, good.size() + 1}) {
    EXPECT_THAT(envs->Step(std::vector<float>(size)),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("hold " + std::to_string(size) + " values"),
                               HasSubstr("3 copies of " + task.id))));
  }
  EXPECT_TRUE(Play(*envs, 9, 20) == Play(*same, 9, 20));
}

TEST_P(BatchedEnvOf, BeginsNewEpisodesOfAllCopiesOnReset) {
  const auto envs = Make(Options(3, 2));
  Play(*envs, 10, 3);
  envs->Reset();
  for (const EpisodeState& state : envs->Save()) EXPECT_EQ(state.episode_step, 0);
  const std::vector<float> start(envs->Observations().begin(), envs->Observations().end());
  envs->Reset();
  EXPECT_NE(envs->Observations(), absl::MakeConstSpan(start));
}

INSTANTIATE_TEST_SUITE_P(Tasks, BatchedEnvOf,
                         testing::Values("CartPoleContinuous", "Hopper-v4", "Pendulum-v1"),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name) {
                             if (c == '-') c = '_';
                           }
                           return name;
                         });

// Observes the number of its steps; fails when its action is above 1.
class FragileEnv : public Env {
 public:
  FragileEnv() {
    task_.id = "Fragile";
    task_.obs_dim = 1;
    task_.act_dim = 1;
    task_.max_episode_steps = 100;
  }
  const Task& task() const override { return task_; }
  void Reset(Rng&) override { steps_ = 0; }
  absl::StatusOr<StepOutcome> Step(absl::Span<const double> action) override {
    ++steps_;
    if (action[0] > 1) return absl::InternalError("broke");
    return StepOutcome{0.5, false};
  }
  void Observe(absl::Span<double> observation) const override { observation[0] = steps_; }
  std::string Save() const override { return std::to_string(steps_); }
  absl::Status Restore(absl::string_view) override { return absl::OkStatus(); }

 private:
  Task task_;
  int steps_ = 0;
};

std::vector<std::unique_ptr<Env>> FragileCopies(int num_copies) {
  std::vector<std::unique_ptr<Env>> copies(num_copies);
  for (auto& copy : copies) copy = std::make_unique<FragileEnv>();
  return copies;
}

TEST(BatchedEnv, ReportsACopyThatFailsAndGoesOnWithAll) {
  ASSERT_OK_AND_ASSIGN(const auto envs, BatchedEnv::Create(FragileCopies(4), Options(4, 2)));
  ASSERT_OK(envs->Step({0, 0, 0, 0}));
  ASSERT_OK_AND_ASSIGN(BatchedStep step, envs->Step({0, 2, 0, 2}));
  ASSERT_EQ(step.failed.size(), 2u);
  EXPECT_EQ(step.failed[0].copy, 1);
  EXPECT_EQ(step.failed[1].copy, 3);
  EXPECT_THAT(step.failed[1].status, StatusIs(absl::StatusCode::kInternal, HasSubstr("broke")));
  EXPECT_THAT(step.observation, ElementsAre(2, 0, 2, 0));
  EXPECT_THAT(step.next_observation, ElementsAre(2, 0, 2, 0));
  EXPECT_THAT(step.reward, ElementsAre(0.5, 0, 0.5, 0));
  EXPECT_THAT(step.episode_length, ElementsAre(2, 0, 2, 0));
  EXPECT_THAT(step.episode_return, ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(step.terminated, Each(0));
  EXPECT_THAT(step.truncated, Each(0));

  ASSERT_OK_AND_ASSIGN(step, envs->Step({0, 0, 0, 0}));
  EXPECT_THAT(step.failed, IsEmpty());
  EXPECT_THAT(step.episode_length, ElementsAre(3, 1, 3, 1));
}

TEST(BatchedEnv, RefusesImpossibleOptions) {
  const EnvFactory factory = FactoryOf("Pendulum-v1");
  const auto refused = [&](const BatchedEnv::Options& options, const std::string& why) {
    EXPECT_THAT(BatchedEnv::Create(factory, options),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why)));
  };
  refused(Options(0, 1), "asked for 0 copies");
  refused(Options(-3, 1), "asked for -3 copies");
  refused(Options(2, 0), "0 threads, expected 1 to");
  refused(Options(2, 100000), "100000 threads, expected 1 to");
  BatchedEnv::Options no_time = Options(2, 1);
  no_time.max_episode_steps = 0;
  refused(no_time, "time limit");
}

TEST(BatchedEnv, RefusesCopiesThatAreNotTheExpectedOnes) {
  EXPECT_THAT(BatchedEnv::Create(FragileCopies(3), Options(4, 1)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("got 3 copies, expected 4")));
  std::vector<std::unique_ptr<Env>> mixed = FragileCopies(2);
  mixed[1] = MakeEnv("Pendulum-v1").value();
  EXPECT_THAT(BatchedEnv::Create(std::move(mixed), Options(2, 1)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("copy 1 is Pendulum-v1, expected Fragile")));
}

}  // namespace
}  // namespace vagram
