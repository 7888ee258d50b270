// What the golden trajectories do not exercise of the Humanoid tasks.
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <vector>

#include "core/env/mujoco_env.h"
#include "core/env/mujoco_model.h"
#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/task_probe.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::Ge;
using ::testing::Lt;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

PhysicsState Standing() {
  PhysicsState state;
  state.qpos.assign(24, 0);
  state.qpos[2] = 1.4;
  state.qpos[3] = 1;
  state.qvel.assign(23, 0);
  return state;
}

// By the simulation's state and by the observation, which must agree.
bool EndsAt(const MujocoTask& humanoid, double height) {
  const std::vector<double> qpos = {0, 0, height};
  MujocoView view;
  view.qpos = qpos;
  std::vector<float> observation(humanoid.task.obs_dim, 0.0f);
  observation[0] = static_cast<float>(height);
  const bool by_state = humanoid.terminated(view);
  EXPECT_EQ(humanoid.task.terminated(observation), by_state) << height;
  return by_state;
}

TEST(Humanoid, TheTwoTasksDifferAtTheVeryBounds) {
  for (const double bound : {1.0, 2.0}) {
    EXPECT_TRUE(EndsAt(HumanoidTask(), bound));
    EXPECT_FALSE(EndsAt(HumanoidTruncatedObsTask(), bound));
  }
  for (const MujocoTask* humanoid : {&HumanoidTask(), &HumanoidTruncatedObsTask()}) {
    // One float32 to either side, for the observation to tell.
    EXPECT_FALSE(EndsAt(*humanoid, std::nextafter(1.0f, 2.0f)));
    EXPECT_FALSE(EndsAt(*humanoid, std::nextafter(2.0f, 1.0f)));
    EXPECT_TRUE(EndsAt(*humanoid, std::nextafter(1.0f, 0.0f)));
    EXPECT_TRUE(EndsAt(*humanoid, std::nextafter(2.0f, 3.0f)));
  }
}

TEST(Humanoid, EndsAtAHeightThatIsNotFinite) {
  for (const MujocoTask* humanoid : {&HumanoidTask(), &HumanoidTruncatedObsTask()}) {
    for (const double bad : {std::nan(""), kInfinity, -kInfinity}) {
      EXPECT_TRUE(EndsAt(*humanoid, bad)) << bad;
    }
  }
}

TEST(Humanoid, ObservesTheEnginesNumbersInOrder) {
  const auto numbers = [](size_t size, double first) {
    std::vector<double> values(size);
    std::iota(values.begin(), values.end(), first);
    return values;
  };
  const auto qpos = numbers(24, 1000), qvel = numbers(23, 2000), cinert = numbers(140, 3000),
             cvel = numbers(84, 4000), qfrc_actuator = numbers(23, 5000),
             cfrc_ext = numbers(84, 6000);
  MujocoView view;
  view.qpos = qpos;
  view.qvel = qvel;
  view.cinert = cinert;
  view.cvel = cvel;
  view.qfrc_actuator = qfrc_actuator;
  view.cfrc_ext = cfrc_ext;
  std::vector<double> expected(qpos.begin() + 2, qpos.end());
  expected.insert(expected.end(), qvel.begin(), qvel.end());

  std::vector<double> truncated(HumanoidTruncatedObsTask().task.obs_dim);
  HumanoidTruncatedObsTask().observe(view, absl::MakeSpan(truncated));
  EXPECT_EQ(truncated, expected);

  for (const auto& part : {cinert, cvel, qfrc_actuator, cfrc_ext}) {
    expected.insert(expected.end(), part.begin(), part.end());
  }
  std::vector<double> full(HumanoidTask().task.obs_dim);
  HumanoidTask().observe(view, absl::MakeSpan(full));
  EXPECT_EQ(full, expected);
}

TEST(Humanoid, IsPaidForItsCentreOfMass) {
  // The world, whose mass is zero, and bodies of 1 kg and 3 kg.
  const std::vector<double> body_mass = {0, 1, 3};
  const std::vector<double> xipos = {9, 9, 9, 1, 2, 3, 5, -2, 7};
  MujocoView view;
  view.body_mass = body_mass;
  view.xipos = xipos;
  const Landmark centre = HumanoidTask().landmark(view);
  EXPECT_EQ(centre, (Landmark{4, -1, 6}));
  // 3 mm forward in 15 ms.
  const Landmark next = {4.003, 5, 5};
  const std::vector<double> action = {1, -2};
  for (const MujocoTask* humanoid : {&HumanoidTask(), &HumanoidTruncatedObsTask()}) {
    EXPECT_NEAR(humanoid->reward(centre, next, view, action), 1.25 * 0.2 + 5 - 0.1 * 5, 1e-9);
  }
}

// The engine works out the same centre by another way.
TEST(Humanoid, FindsTheCentreOfMassThatTheEngineFinds) {
  const auto env = MakeCopy(HumanoidTask());
  Rng rng(1);
  env->Reset(rng);
  PhysicsState start = env->State();
  for (size_t i = 7; i < start.qpos.size(); ++i) start.qpos[i] += rng.Uniform(-0.5, 0.5);
  start.landmark.reset();
  start.warm_start.clear();
  ASSERT_OK(env->SetState(start));

  ASSERT_OK_AND_ASSIGN(const mjModel* model, SharedModel("humanoid"));
  const std::unique_ptr<mjData, void (*)(mjData*)> data(mj_makeData(model), mj_deleteData);
  std::copy(start.qpos.begin(), start.qpos.end(), data->qpos);
  mj_forward(model, data.get());
  for (int axis = 0; axis < 3; ++axis) {
    EXPECT_NEAR((*env->State().landmark)[axis], data->subtree_com[axis], 1e-14);
  }
}

TEST(HumanoidTruncatedObs, ChargesForImpactsUpToTen) {
  std::vector<double> cfrc_ext(84, 0.0);
  MujocoView view;
  view.cfrc_ext = cfrc_ext;
  const std::vector<double> action(17, 0.0);
  const auto charge = [&] {
    EXPECT_EQ(HumanoidTask().reward({}, {}, view, action), 5);
    return 5 - HumanoidTruncatedObsTask().reward({}, {}, view, action);
  };
  EXPECT_EQ(charge(), 0);
  cfrc_ext[0] = 1000;  // not clipped one by one
  cfrc_ext[83] = -2000;
  EXPECT_NEAR(charge(), 5e-7 * 5e6, 1e-12);
  cfrc_ext[40] = 1e5;
  EXPECT_EQ(charge(), 10);
}

// The engine clamps to 0.4, the action's bound is the float32 next to it; the cost sees the action
// as given.
TEST(Humanoid, ActsWithinItsRangeButPaysForTheActionAsGiven) {
  const auto env = MakeCopy(HumanoidTask());
  EXPECT_THAT(env->task().act_high, Each(static_cast<double>(0.4f)));
  EXPECT_THAT(env->task().act_low, Each(static_cast<double>(-0.4f)));
  const auto step = [&env](double action) {
    EXPECT_OK(env->SetState(Standing()));
    const absl::StatusOr<StepOutcome> outcome = env->Step(std::vector<double>(17, action));
    EXPECT_OK(outcome);
    return outcome.value_or(StepOutcome()).reward;
  };
  const double within = step(0.4);
  const PhysicsState reached = env->State();
  for (const double action : {static_cast<double>(0.4f), 4.0}) {
    EXPECT_NEAR(within - step(action), 0.1 * 17 * (action * action - 0.16), 1e-10);
    EXPECT_EQ(env->State().qpos, reached.qpos);
    EXPECT_EQ(env->State().qvel, reached.qvel);
  }
}

TEST(Humanoid, DrawsStartsAroundTheModelsOwnWithAUnitQuaternion) {
  const auto env = MakeCopy(HumanoidTask());
  Rng rng(1);
  double lowest = 2, highest = 0, most_tilted = 0;
  for (int i = 0; i < 200; ++i) {
    env->Reset(rng);
    const PhysicsState start = env->State();
    lowest = std::min(lowest, start.qpos[2]);
    highest = std::max(highest, start.qpos[2]);
    double norm = 0;
    for (size_t k = 3; k < 7; ++k) norm += start.qpos[k] * start.qpos[k];
    EXPECT_NEAR(norm, 1, 1e-15);
    EXPECT_EQ(ObservationOf(*env)[1], start.qpos[3]);
    most_tilted = std::max(most_tilted, std::abs(start.qpos[5]));
    EXPECT_THAT(start.qvel, Each(AllOf(Ge(-0.01), Lt(0.01))));
    EXPECT_FALSE(env->task().terminated(std::vector<float>(1, start.qpos[2])));
  }
  EXPECT_THAT(lowest, AllOf(Ge(1.39), Lt(1.391)));
  EXPECT_THAT(highest, AllOf(Ge(1.409), Lt(1.41)));
  EXPECT_THAT(most_tilted, AllOf(Ge(0.009), Lt(0.01 / 0.99)));
}

}  // namespace
}  // namespace vagram
