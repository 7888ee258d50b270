#include "core/env/mujoco_env.h"

#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/env/mujoco_model.h"
#include "core/env/tasks/catalogue.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

std::unique_ptr<MujocoEnv> Make(const MujocoTask& task) {
  absl::StatusOr<std::unique_ptr<MujocoEnv>> env = MujocoEnv::Create(task);
  EXPECT_OK(env);
  return *std::move(env);
}

std::vector<double> Observation(const Env& env) {
  std::vector<double> observation(env.task().obs_dim);
  env.Observe(absl::MakeSpan(observation));
  return observation;
}

PhysicsState Upright() {
  PhysicsState state;
  state.qpos = {0, 1.25, 0, 0, 0, 0};
  state.qvel = {0, 0, 0, 0, 0, 0};
  return state;
}

TEST(MujocoEnv, GivesBackTheStateItWasSetTo) {
  const auto env = Make(HopperTask());
  PhysicsState state = Upright();
  state.warm_start = {1, 2, 3, 4, 5, 6};
  state.landmark = Landmark{7, 0, 0};
  ASSERT_OK(env->SetState(state));
  EXPECT_EQ(env->State().qpos, state.qpos);
  EXPECT_EQ(env->State().warm_start, state.warm_start);
  EXPECT_EQ(env->State().landmark, state.landmark);

  state.qpos.pop_back();
  EXPECT_THAT(env->SetState(state),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("Hopper-v4 wants 6, 6")));
  EXPECT_EQ(env->State().qpos.size(), 6u);
}

// The engine's own answer to a diverging state; the process and the files around it are left alone.
TEST(MujocoEnv, StartsOverFromAStateThatDiverged) {
  const auto env = Make(HopperTask());
  PhysicsState state = Upright();
  state.qvel[2] = 1e12;
  ASSERT_OK(env->SetState(state));
  ASSERT_OK(env->Step({0, 0, 0}));
  EXPECT_NEAR(Observation(*env)[0], 1.25, 0.01);  // upright again
  EXPECT_NEAR(env->State().qvel[2], 0, 0.1);
  EXPECT_FALSE(std::filesystem::exists("MUJOCO_LOG.TXT"));
}

// A task that says it does not read the contact forces must play the same with them worked out.
TEST(MujocoEnv, PlaysTheSameWithoutContactForcesThatATaskDoesNotRead) {
  const auto play = [](const MujocoTask& task, bool reads_contact_forces) {
    auto changed = std::make_shared<MujocoTask>(task);
    changed->reads_contact_forces = reads_contact_forces;
    const std::shared_ptr<const mjModel> model(std::shared_ptr<void>(),
                                               SharedModel(task.model).value());
    const auto env = MujocoEnv::Create(std::move(changed), model).value();
    Rng rng(4);
    env->Reset(rng);
    std::string trace;
    for (int i = 0; i < 300; ++i) {
      std::vector<double> action;
      for (int j = 0; j < task.task.act_dim; ++j) {
        action.push_back(rng.Uniform(task.task.act_low[j], task.task.act_high[j]));
      }
      const StepOutcome outcome = env->Step(action).value();
      // The state holds the observation and the landmark, too.
      absl::StrAppend(&trace, env->Save(), absl::StrFormat("%a", outcome.reward));
      if (outcome.terminated) env->Reset(rng);
    }
    return trace;
  };
  int num_tasks = 0;
  for (const MujocoTask* task : MujocoTasks()) {
    if (task->reads_contact_forces) continue;
    ++num_tasks;
    EXPECT_TRUE(play(*task, false) == play(*task, true)) << task->task.id;
  }
  EXPECT_GT(num_tasks, 0);
}

TEST(CatchEngineError, TurnsAnEngineErrorIntoAStatus) {
  EXPECT_THAT(CatchEngineError([] { mju_error("out of luck"); }),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("out of luck")));
  EXPECT_OK(CatchEngineError([] {}));
}

TEST(SharedModel, IsOneForAllCopiesAndThreads) {
  std::vector<const mjModel*> models(4, nullptr);
  std::vector<std::thread> threads;
  for (const mjModel*& model : models) {
    threads.emplace_back([&model] { model = SharedModel("hopper").value_or(nullptr); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_NE(models[0], nullptr);
  EXPECT_THAT(models, Each(models[0]));
}

TEST(SharedModel, NamesTheModelsThereAre) {
  EXPECT_THAT(SharedModel("hoppper"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(", hopper, ")));
}

TEST(MujocoEnv, StepsOnSeveralThreadsAsOnOne) {
  const auto play = [](std::vector<double>* trace) {
    const auto env = Make(HopperTask());
    Rng rng(3);
    env->Reset(rng);
    for (int i = 0; i < 200; ++i) {
      const auto outcome = env->Step({rng.Uniform(-1, 1), rng.Uniform(-1, 1), rng.Uniform(-1, 1)});
      trace->push_back(outcome.ok() ? outcome->reward : std::nan(""));
      if (outcome.ok() && outcome->terminated) env->Reset(rng);
    }
  };
  std::vector<std::vector<double>> traces(3);
  play(&traces[0]);
  std::thread second(play, &traces[1]), third(play, &traces[2]);
  second.join();
  third.join();
  EXPECT_THAT(traces, Each(traces[0]));
}

}  // namespace
}  // namespace vagram
