#include "core/env/episode.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Counts steps within the episode: the observation is (episode, step), the reward the step's
// number. Terminates at `last_step`; `broken` makes the next step fail.
class CountingEnv : public Env {
 public:
  explicit CountingEnv(double last_step) : last_step_(last_step) {
    task_.id = "Counting";
    task_.obs_dim = 2;
    task_.act_dim = 1;
    task_.max_episode_steps = 5;
  }
  const Task& task() const override { return task_; }
  void Reset(Rng&) override {
    ++episode_;
    step_ = 0;
    broken = false;
  }
  absl::StatusOr<StepOutcome> Step(absl::Span<const double> action) override {
    if (action.size() != 1) return absl::InvalidArgumentError("one value");
    if (broken) return absl::InternalError("broken");
    ++step_;
    return StepOutcome{step_, step_ == last_step_};
  }
  void Observe(absl::Span<double> observation) const override {
    observation[0] = episode_;
    observation[1] = step_;
  }
  std::string Save() const override {
    return {static_cast<char>(episode_), static_cast<char>(step_)};
  }
  absl::Status Restore(absl::string_view bytes) override {
    if (bytes.size() != 2) return absl::InvalidArgumentError("two bytes");
    episode_ = bytes[0];
    step_ = bytes[1];
    return absl::OkStatus();
  }

  bool broken = false;

 private:
  Task task_;
  double last_step_;
  double episode_ = 0;
  double step_ = 0;
};

constexpr double kNever = -1;

struct Fixture {
  explicit Fixture(double last_step) {
    auto owned = std::make_unique<CountingEnv>(last_step);
    env = owned.get();
    episode = *Episode::Create(std::move(owned), 1);
  }
  EpisodeStep Step() {
    const std::vector<float> action = {0.0f};
    absl::StatusOr<EpisodeStep> step = episode->Step(action);
    EXPECT_OK(step);
    return step.value_or(EpisodeStep{});
  }
  CountingEnv* env;
  std::unique_ptr<Episode> episode;
};

TEST(Episode, BeginsWithTheFirstObservation) {
  Fixture f(kNever);
  EXPECT_THAT(f.episode->Observation(), ElementsAre(1, 0));
  EXPECT_EQ(f.episode->episodes(), 1);
  EXPECT_EQ(f.episode->total_steps(), 0);
}

TEST(Episode, TruncatesAtTheTimeLimitAndGoesOnWithTheNext) {
  Fixture f(kNever);
  for (int i = 1; i < 5; ++i) {
    const EpisodeStep step = f.Step();
    EXPECT_FALSE(step.ended());
    EXPECT_THAT(step.next_observation, ElementsAre(1, i));
    EXPECT_THAT(f.episode->Observation(), ElementsAre(1, i));
  }
  const EpisodeStep last = f.Step();
  EXPECT_TRUE(last.truncated);
  EXPECT_FALSE(last.terminated);
  EXPECT_THAT(last.next_observation, ElementsAre(1, 5));
  EXPECT_EQ(last.episode_return, 1 + 2 + 3 + 4 + 5);
  EXPECT_EQ(last.episode_length, 5);

  EXPECT_THAT(f.episode->Observation(), ElementsAre(2, 0));
  EXPECT_EQ(f.episode->episodes(), 2);
  EXPECT_EQ(f.episode->episode_step(), 0);
  EXPECT_EQ(f.episode->episode_return(), 0);
  EXPECT_EQ(f.episode->total_steps(), 5);
  EXPECT_EQ(f.Step().episode_return, 1);
}

TEST(Episode, TerminatesWhereTheTaskEnds) {
  Fixture f(3);
  f.Step();
  f.Step();
  const EpisodeStep last = f.Step();
  EXPECT_TRUE(last.terminated);
  EXPECT_FALSE(last.truncated);
  EXPECT_EQ(last.episode_length, 3);
  EXPECT_THAT(f.episode->Observation(), ElementsAre(2, 0));
}

TEST(Episode, SaysBothWhenTheLimitFallsOnTheTasksEnd) {
  Fixture f(5);
  for (int i = 1; i < 5; ++i) EXPECT_FALSE(f.Step().ended());
  const EpisodeStep last = f.Step();
  EXPECT_TRUE(last.terminated);
  EXPECT_TRUE(last.truncated);
  EXPECT_EQ(f.episode->episodes(), 2);
}

TEST(Episode, TakesAnotherTimeLimit) {
  ASSERT_OK_AND_ASSIGN(const auto episode, Episode::Create("Pendulum-v1", 1, 3));
  const std::vector<float> action = {0.0f};
  EXPECT_FALSE(episode->Step(action)->truncated);
  EXPECT_FALSE(episode->Step(action)->truncated);
  EXPECT_TRUE(episode->Step(action)->truncated);
  EXPECT_EQ(episode->max_episode_steps(), 3);
}

TEST(Episode, UsesTheTasksTimeLimitUnlessTold) {
  ASSERT_OK_AND_ASSIGN(const auto episode, Episode::Create("Pendulum-v1", 1));
  const std::vector<float> action = {0.0f};
  for (int i = 0; i < 199; ++i) ASSERT_FALSE(episode->Step(action)->ended());
  EXPECT_TRUE(episode->Step(action)->truncated);
}

TEST(Episode, RefusesATimeLimitBelowOneAndAnUnknownTask) {
  EXPECT_THAT(Episode::Create("Pendulum-v1", 1, 0),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("task's own is 200")));
  EXPECT_THAT(Episode::Create("Pendulum", 1),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("Pendulum-v1")));
}

TEST(Episode, ChangesNothingForARefusedAction) {
  Fixture f(kNever);
  f.Step();
  EXPECT_THAT(f.episode->Step({}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(f.episode->total_steps(), 1);
  EXPECT_THAT(f.Step().next_observation, ElementsAre(1, 2));
}

TEST(Episode, WantsAResetAfterTheSimulationFailed) {
  Fixture f(kNever);
  f.Step();
  f.env->broken = true;
  const std::vector<float> action = {0.0f};
  EXPECT_THAT(f.episode->Step(action), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(f.episode->Step(action), StatusIs(absl::StatusCode::kFailedPrecondition));
  const EpisodeState broken = f.episode->Save();
  EXPECT_TRUE(broken.needs_reset);

  f.episode->Reset();
  EXPECT_THAT(f.Step().next_observation, ElementsAre(2, 1));

  Fixture restored(kNever);
  ASSERT_OK(restored.episode->Restore(broken));
  EXPECT_THAT(restored.episode->Observation(), ElementsAre(2, 0));
  EXPECT_EQ(restored.episode->episodes(), 2);
  EXPECT_EQ(restored.episode->total_steps(), 1);
}

// Real tasks: everything that follows is the same, new starts included.
class EpisodeOfTask : public testing::TestWithParam<const char*> {};

std::vector<float> Play(Episode& episode, uint64_t action_seed, int num_steps) {
  Rng rng(action_seed);
  std::vector<float> trace;
  for (int i = 0; i < num_steps; ++i) {
    std::vector<float> action;
    for (int j = 0; j < episode.task().act_dim; ++j) {
      action.push_back(rng.Uniform(episode.task().act_low[j], episode.task().act_high[j]));
    }
    const absl::StatusOr<EpisodeStep> step = episode.Step(action);
    EXPECT_OK(step);
    if (!step.ok()) return trace;
    trace.insert(trace.end(), step->next_observation.begin(), step->next_observation.end());
    trace.insert(trace.end(), episode.Observation().begin(), episode.Observation().end());
    trace.push_back(step->reward);
    trace.push_back(step->episode_return);
    trace.push_back(step->terminated + 2 * step->truncated);
    trace.push_back(step->episode_length);
  }
  return trace;
}

TEST_P(EpisodeOfTask, ContinuesBitForBitWhereItWasSaved) {
  ASSERT_OK_AND_ASSIGN(const auto episode, Episode::Create(GetParam(), 1, 30));
  Play(*episode, 2, 70);
  const EpisodeState state = episode->Save();
  const std::vector<float> observation(episode->Observation().begin(),
                                       episode->Observation().end());

  ASSERT_OK_AND_ASSIGN(const auto restored, Episode::Create(GetParam(), 99, 30));
  Play(*restored, 3, 11);
  ASSERT_OK(restored->Restore(state));
  EXPECT_THAT(restored->Observation(), testing::ElementsAreArray(observation));
  EXPECT_EQ(restored->total_steps(), 70);
  EXPECT_EQ(Play(*restored, 4, 100), Play(*episode, 4, 100));
  EXPECT_EQ(restored->episodes(), episode->episodes());
}

TEST_P(EpisodeOfTask, PlaysTheSameForTheSameSeedOnly) {
  ASSERT_OK_AND_ASSIGN(const auto first, Episode::Create(GetParam(), 1));
  ASSERT_OK_AND_ASSIGN(const auto same, Episode::Create(GetParam(), 1));
  ASSERT_OK_AND_ASSIGN(const auto other, Episode::Create(GetParam(), 2));
  const std::vector<float> trace = Play(*first, 5, 50);
  EXPECT_EQ(Play(*same, 5, 50), trace);
  EXPECT_NE(Play(*other, 5, 50), trace);
}

TEST_P(EpisodeOfTask, RefusesAStateThatCannotBe) {
  ASSERT_OK_AND_ASSIGN(const auto episode, Episode::Create(GetParam(), 1));
  Play(*episode, 2, 7);
  const EpisodeState good = episode->Save();
  const auto refused = [&](auto change) {
    EpisodeState bad = good;
    change(bad);
    EXPECT_THAT(episode->Restore(bad), StatusIs(absl::StatusCode::kInvalidArgument));
  };
  refused([](EpisodeState& state) { state.simulation.pop_back(); });
  refused([](EpisodeState& state) { state.rng.clear(); });
  refused([](EpisodeState& state) { state.episode_step = -1; });
  refused([](EpisodeState& state) { state.total_steps = -1; });
  refused([](EpisodeState& state) { state.episodes = -1; });
  const EpisodeState now = episode->Save();
  EXPECT_EQ(now.simulation, good.simulation);
  EXPECT_EQ(now.rng, good.rng);
  EXPECT_EQ(now.total_steps, good.total_steps);
}

INSTANTIATE_TEST_SUITE_P(Tasks, EpisodeOfTask,
                         testing::Values("CartPoleContinuous", "Hopper-v4", "InvertedPendulum-v4",
                                         "Pendulum-v1"),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name) {
                             if (c == '-') c = '_';
                           }
                           return name;
                         });

}  // namespace
}  // namespace vagram
