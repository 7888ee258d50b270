// What the golden trajectories do not exercise of the classic tasks.
#include "core/env/classic_env.h"

#include <cmath>
#include <vector>

#include "core/env/tasks/catalogue.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

constexpr double kPi = 3.14159265358979323846;

PhysicsState State(std::vector<double> qpos, std::vector<double> qvel) {
  PhysicsState state;
  state.qpos = std::move(qpos);
  state.qvel = std::move(qvel);
  return state;
}

StepOutcome StepFrom(ClassicEnv& env, const PhysicsState& state, double action) {
  EXPECT_OK(env.SetState(state));
  const absl::StatusOr<StepOutcome> outcome = env.Step({action});
  EXPECT_OK(outcome);
  return outcome.value_or(StepOutcome{});
}

TEST(Pendulum, ClipsTheTorqueBeforeItActsAndCosts) {
  ClassicEnv env(PendulumTask());
  for (const double sign : {1.0, -1.0}) {
    const StepOutcome at_bound = StepFrom(env, State({0.3}, {0.1}), sign * 2);
    const PhysicsState reached = env.State();
    const StepOutcome beyond = StepFrom(env, State({0.3}, {0.1}), sign * 50);
    EXPECT_EQ(beyond.reward, at_bound.reward);
    EXPECT_EQ(env.State().qpos, reached.qpos);
    EXPECT_EQ(env.State().qvel, reached.qvel);
  }
}

TEST(Pendulum, CostsTheAngleToUprightWhicheverWayItTurned) {
  ClassicEnv env(PendulumTask());
  EXPECT_NEAR(StepFrom(env, State({0.5}, {0}), 0).reward, -0.25, 1e-12);
  EXPECT_NEAR(StepFrom(env, State({0.5 + 6 * kPi}, {0}), 0).reward, -0.25, 1e-12);
  EXPECT_NEAR(StepFrom(env, State({0.5 - 6 * kPi}, {0}), 0).reward, -0.25, 1e-12);
  EXPECT_NEAR(StepFrom(env, State({kPi + 0.1}, {0}), 0).reward, -(kPi - 0.1) * (kPi - 0.1), 1e-12);
  EXPECT_NEAR(StepFrom(env, State({0}, {2}), 1).reward, -(0.1 * 4 + 0.001), 1e-12);
}

TEST(Pendulum, LimitsTheRateAndMovesWithTheLimitedOne) {
  ClassicEnv env(PendulumTask());
  StepFrom(env, State({kPi / 2}, {7.9}), 2);  // would reach 7.9 + (15 + 6) * 0.05
  EXPECT_EQ(env.State().qvel[0], 8);
  EXPECT_DOUBLE_EQ(env.State().qpos[0], kPi / 2 + 8 * 0.05);
  StepFrom(env, State({-kPi / 2}, {-7.9}), -2);
  EXPECT_EQ(env.State().qvel[0], -8);
}

TEST(CartPole, PaysForTheTerminatingStepButNotForStepsBetweenFallenStates) {
  ClassicEnv env(CartPoleContinuousTask());
  const StepOutcome falling = StepFrom(env, State({2.39, 0}, {1, 0}), 0);
  EXPECT_TRUE(falling.terminated);
  EXPECT_EQ(falling.reward, 1);
  const absl::StatusOr<StepOutcome> fallen = env.Step({0.0});
  ASSERT_OK(fallen);
  EXPECT_TRUE(fallen->terminated);
  EXPECT_EQ(fallen->reward, 0);
}

TEST(CartPole, TakesTheActionAsGiven) {
  ClassicEnv env(CartPoleContinuousTask());
  StepFrom(env, State({0, 0}, {0, 0}), 1);
  const double rate = env.State().qvel[0];
  StepFrom(env, State({0, 0}, {0, 0}), 3);
  EXPECT_NEAR(env.State().qvel[0], 3 * rate, 1e-12);
}

TEST(ClassicEnv, RefusesAStateOfOtherSizes) {
  ClassicEnv env(PendulumTask());
  ASSERT_OK(env.SetState(State({0.3}, {0.1})));
  EXPECT_THAT(env.SetState(State({1, 2}, {3, 4})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("Pendulum-v1 wants 1, 1")));
  PhysicsState with_warm_start = State({1}, {2});
  with_warm_start.warm_start = {0};
  EXPECT_THAT(env.SetState(with_warm_start), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(env.State().qpos[0], 0.3);
}

}  // namespace
}  // namespace vagram
