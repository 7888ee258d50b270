// What the golden trajectories do not exercise of the Ant tasks.
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "core/env/mujoco_env.h"
#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/task_probe.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Ge;
using ::testing::Gt;
using ::testing::Le;
using ::testing::Lt;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kStateDim = 27;
constexpr int kForceDim = 84;
const std::vector<double> kNoAction(8, 0.0);

PhysicsState Standing(double height) {
  PhysicsState state;
  state.qpos = {0, 0, height, 1, 0, 0, 0, 0, 1, 0, -1, 0, -1, 0, 1};
  state.qvel.assign(14, 0);
  return state;
}

// What the engine would show a task.
struct Engine {
  std::vector<double> qpos = Standing(0.5).qpos;
  std::vector<double> qvel = Standing(0.5).qvel;
  std::vector<double> cfrc_ext = std::vector<double>(kForceDim, 0.0);

  MujocoView View() const {
    MujocoView view;
    view.qpos = qpos;
    view.qvel = qvel;
    view.cfrc_ext = cfrc_ext;
    return view;
  }
};

std::vector<const MujocoTask*> Ants() {
  return {&AntTask(), &AntContactTask(), &AntTruncatedObsTask()};
}

// By the simulation's state and by the observation, which must agree.
bool Ends(const MujocoTask& ant, const Engine& engine) {
  std::vector<double> exact(ant.task.obs_dim);
  ant.observe(engine.View(), absl::MakeSpan(exact));
  const bool by_state = ant.terminated(engine.View());
  EXPECT_EQ(ant.task.terminated(std::vector<float>(exact.begin(), exact.end())), by_state);
  return by_state;
}

TEST(Ant, IsHealthyAtItsVeryBounds) {
  for (const MujocoTask* ant : Ants()) {
    Engine engine;
    for (const double height : {0.2, 0.5, 1.0}) {
      engine.qpos[2] = height;
      EXPECT_FALSE(Ends(*ant, engine)) << height;
    }
    // One float32 beyond, for the observation to tell.
    for (const float height : {std::nextafter(0.2f, 0.0f), std::nextafter(1.0f, 2.0f), -0.5f}) {
      engine.qpos[2] = height;
      EXPECT_TRUE(Ends(*ant, engine)) << height;
    }
    engine.qpos[2] = std::nextafter(0.2, 0.0);
    EXPECT_TRUE(ant->terminated(engine.View()));
    engine.qpos[2] = std::nextafter(1.0, 2.0);
    EXPECT_TRUE(ant->terminated(engine.View()));
  }
}

TEST(Ant, EndsWhenAnyPositionOrRateIsNotFinite) {
  for (const MujocoTask* ant : Ants()) {
    for (const double bad : {std::nan(""), kInfinity, -kInfinity}) {
      for (size_t i = 2; i < Engine().qpos.size(); ++i) {
        Engine engine;
        engine.qpos[i] = bad;
        EXPECT_TRUE(Ends(*ant, engine)) << "qpos " << i;
      }
      for (size_t i = 0; i < Engine().qvel.size(); ++i) {
        Engine engine;
        engine.qvel[i] = bad;
        EXPECT_TRUE(Ends(*ant, engine)) << "qvel " << i;
      }
      Engine lost;  // where no observation shows it
      lost.qpos[0] = bad;
      EXPECT_TRUE(ant->terminated(lost.View()));
    }
  }
}

TEST(AntContact, GoesOnWhateverTheContactForces) {
  std::vector<float> observation(kStateDim + kForceDim, 0.0f);
  observation[0] = 0.5f;
  observation.back() = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(AntContactTask().task.terminated(observation));
  EXPECT_EQ(AntContactTask().task.obs_dim, kStateDim + kForceDim);
}

TEST(AntContact, ShowsForcesWithinPlusMinusOne) {
  Engine engine;
  engine.cfrc_ext[0] = 0.5;
  engine.cfrc_ext[1] = -0.25;
  engine.cfrc_ext[82] = 300;
  engine.cfrc_ext[83] = -1.5;
  std::vector<double> observation(kStateDim + kForceDim);
  AntContactTask().observe(engine.View(), absl::MakeSpan(observation));
  EXPECT_EQ(observation[kStateDim], 0.5);
  EXPECT_EQ(observation[kStateDim + 1], -0.25);
  EXPECT_EQ(observation[kStateDim + 82], 1);
  EXPECT_EQ(observation[kStateDim + 83], -1);
}

TEST(Ant, ChargesForClippedForcesInTheVariantsThatCharge) {
  Engine engine;
  engine.cfrc_ext[5] = 0.5;
  engine.cfrc_ext[20] = 300;
  engine.cfrc_ext[83] = -1.5;
  const std::vector<double> action = {1, 0, 0, 0, -2, 0, 0, 0};
  const Landmark before = {1, 7, 7}, after = {1.1, 8, 9};
  const double free = 0.1 / 0.05 + 1 - 0.5 * 5;
  const double charge = 5e-4 * (0.25 + 1 + 1);
  const auto reward = [&](const MujocoTask& ant) {
    return ant.reward(before, after, engine.View(), action);
  };
  EXPECT_NEAR(reward(AntTask()), free, 1e-12);
  EXPECT_NEAR(reward(AntContactTask()), free - charge, 1e-12);
  EXPECT_NEAR(reward(AntTruncatedObsTask()), free - charge, 1e-12);
}

TEST(AntContact, FeelsNothingAtTheStartAndTheFloorLater) {
  const auto env = MakeCopy(AntContactTask());
  const auto charging = MakeCopy(AntTruncatedObsTask());
  const auto free = MakeCopy(AntTask());
  for (const auto* ant : {&env, &charging, &free}) ASSERT_OK((*ant)->SetState(Standing(0.55)));
  const auto forces = [&env] {
    const std::vector<double> observation = ObservationOf(*env);
    return std::vector<double>(observation.begin() + kStateDim, observation.end());
  };
  EXPECT_THAT(forces(), Each(0));

  double most_charged = 0;
  for (int i = 0; i < 20; ++i) {
    const absl::StatusOr<StepOutcome> shown = env->Step(kNoAction);
    const absl::StatusOr<StepOutcome> charged = charging->Step(kNoAction);
    const absl::StatusOr<StepOutcome> kept = free->Step(kNoAction);
    ASSERT_OK(shown);
    ASSERT_OK(charged);
    ASSERT_OK(kept);
    double sum = 0;
    for (const double force : forces()) sum += force * force;
    EXPECT_EQ(shown->reward, charged->reward);
    EXPECT_NEAR(kept->reward - shown->reward, 5e-4 * sum, 1e-12);
    most_charged = std::max(most_charged, sum);
  }
  EXPECT_GT(most_charged, 1);
}

// Nothing derives the forces again after Restore.
TEST(AntContact, StillFeelsTheFloorWhenRestored) {
  const auto env = MakeCopy(AntContactTask());
  ASSERT_OK(env->SetState(Standing(0.55)));
  for (int i = 0; i < 20; ++i) ASSERT_OK(env->Step(kNoAction));
  const std::vector<double> observation = ObservationOf(*env);
  ASSERT_THAT(std::vector<double>(observation.begin() + kStateDim, observation.end()),
              Contains(Gt(0.1)));

  const auto other = MakeCopy(AntContactTask());
  ASSERT_OK(other->Restore(env->Save()));
  EXPECT_EQ(ObservationOf(*other), observation);
  const absl::StatusOr<StepOutcome> outcome = env->Step(kNoAction);
  const absl::StatusOr<StepOutcome> restored = other->Step(kNoAction);
  ASSERT_OK(outcome);
  ASSERT_OK(restored);
  EXPECT_EQ(restored->reward, outcome->reward);
}

// The engine clamps to the control range; the cost sees the action as given.
TEST(Ant, ActsWithinItsRangeButPaysForTheActionAsGiven) {
  const auto env = MakeCopy(AntTask());
  ASSERT_OK(env->SetState(Standing(0.9)));
  const absl::StatusOr<StepOutcome> within = env->Step({1, -1, 1, -1, 1, -1, 1, -1});
  ASSERT_OK(within);
  const PhysicsState reached = env->State();
  ASSERT_OK(env->SetState(Standing(0.9)));
  const absl::StatusOr<StepOutcome> beyond = env->Step({2, -2, 2, -2, 2, -2, 2, -2});
  ASSERT_OK(beyond);
  EXPECT_EQ(env->State().qpos, reached.qpos);
  EXPECT_EQ(env->State().qvel, reached.qvel);
  EXPECT_NEAR(within->reward - beyond->reward, 0.5 * (32 - 8), 1e-12);
}

TEST(Ant, PaysForTheTorsoWhereTheEngineLastSawIt) {
  const auto env = MakeCopy(AntTask());
  PhysicsState flying = Standing(0.9);
  flying.qvel[0] = 2;
  ASSERT_OK(env->SetState(flying));
  EXPECT_EQ(env->State().landmark, (Landmark{0, 0, 0.9}));
  const absl::StatusOr<StepOutcome> outcome = env->Step(kNoAction);
  ASSERT_OK(outcome);
  const PhysicsState reached = env->State();
  EXPECT_NEAR(outcome->reward, (*reached.landmark)[0] / 0.05 + 1, 1e-12);
  EXPECT_NEAR(outcome->reward, 3, 0.1);
  EXPECT_NE((*reached.landmark)[0], reached.qpos[0]);
}

TEST(Ant, DrawsStartsAroundTheModelsOwnWithAUnitQuaternion) {
  const auto env = MakeCopy(AntTask());
  Rng rng(1);
  double lowest = 2, highest = 0, sum_of_squares = 0, most_tilted = 0;
  constexpr int kStarts = 300;
  for (int i = 0; i < kStarts; ++i) {
    env->Reset(rng);
    const PhysicsState start = env->State();
    lowest = std::min(lowest, start.qpos[2]);
    highest = std::max(highest, start.qpos[2]);
    const std::vector<double> quaternion(start.qpos.begin() + 3, start.qpos.begin() + 7);
    double norm = 0;
    for (const double entry : quaternion) norm += entry * entry;
    EXPECT_NEAR(norm, 1, 1e-15);
    const std::vector<double> observation = ObservationOf(*env);
    EXPECT_EQ(std::vector<double>(observation.begin() + 1, observation.begin() + 5), quaternion);
    most_tilted = std::max(most_tilted, std::abs(quaternion[2]));
    EXPECT_THAT(std::vector<double>(start.qpos.begin() + 7, start.qpos.end()),
                Each(AllOf(Ge(-0.1), Le(0.1))));
    for (const double rate : start.qvel) sum_of_squares += rate * rate;
  }
  EXPECT_THAT(lowest, AllOf(Ge(0.65), Lt(0.66)));
  EXPECT_THAT(highest, AllOf(Le(0.85), Gt(0.84)));
  EXPECT_THAT(most_tilted, AllOf(Gt(0.09), Lt(0.1 / 0.9)));
  // 4200 normal draws: the deviation is known to about 1 %.
  EXPECT_NEAR(std::sqrt(sum_of_squares / (14 * kStarts)), 0.1, 0.005);
}

}  // namespace
}  // namespace vagram
