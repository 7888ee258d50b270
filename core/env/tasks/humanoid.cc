// A two-legged robot with arms, to walk forward without falling, in two tasks:
//   Humanoid-v4           shows all that the engine knows of every body and pays no heed to
//                         impacts, as in openai/gym 0.26.2 (gym/envs/mujoco/humanoid_v4.py)
//   HumanoidTruncatedObs  shows positions and rates and charges for impacts: mbrl-lib's
//                         humanoid_truncated_obs.py
// qpos is (x, y, z, quaternion, then 17 joints: abdomen, right leg, left leg, right arm, left arm).
#include <algorithm>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/parts.h"

namespace vagram {
namespace {

constexpr int kActDim = 17;
constexpr int kStateDim = 45;  // positions but x and y, and rates
constexpr int kNumBodies = 14;
constexpr int kNumRates = 23;
constexpr double kMaxAction = 0.4f;  // gym's bound: the engine's 0.4 in single precision
constexpr double kDt = 0.015;
constexpr double kStartNoise = 0.01;
constexpr double kAliveReward = 5;
constexpr double kSpeedReward = 1.25;
constexpr double kControlCost = 0.1;
constexpr double kImpactCost = 5e-7;
constexpr double kMaxImpactCost = 10;
constexpr double kMinHeight = 1;
constexpr double kMaxHeight = 2;

// The two tasks differ at the very bounds. What is not a number is not upright in either, though
// the reference of the second would let it go on.
bool UprightWithin(double height) { return height > kMinHeight && height < kMaxHeight; }
bool UprightUpTo(double height) { return height >= kMinHeight && height <= kMaxHeight; }

// The quaternion gets noise like all else; the engine normalises it.
void DrawStart(Rng& rng, absl::Span<double> qpos, absl::Span<double> qvel) {
  AddUniformNoise(rng, kStartNoise, qpos);
  AddUniformNoise(rng, kStartNoise, qvel);
}

void ObserveState(const MujocoView& view, absl::Span<double> observation) {
  std::copy(view.qvel.begin(), view.qvel.end(),
            std::copy(view.qpos.begin() + 2, view.qpos.end(), observation.begin()));
}

void ObserveBodies(const MujocoView& view, absl::Span<double> observation) {
  ObserveState(view, observation);
  auto next = observation.begin() + kStateDim;
  for (const auto& part : {view.cinert, view.cvel, view.qfrc_actuator, view.cfrc_ext}) {
    next = std::copy(part.begin(), part.end(), next);
  }
}

// Lags behind qpos.
Landmark CentreOfMass(const MujocoView& view) {
  Landmark centre{};
  double mass = 0;
  for (size_t body = 0; body < view.body_mass.size(); ++body) {
    mass += view.body_mass[body];
    for (size_t axis = 0; axis < 3; ++axis) {
      centre[axis] += view.body_mass[body] * view.xipos[3 * body + axis];
    }
  }
  for (double& coordinate : centre) coordinate /= mass;
  return centre;
}

// Being alive is paid for on the terminating step too.
double Reward(const Landmark& before, const Landmark& after, const MujocoView&,
              absl::Span<const double> action) {
  return kSpeedReward * (after[0] - before[0]) / kDt + kAliveReward -
         kControlCost * SumOfSquares(action);
}

double RewardLessImpacts(const Landmark& before, const Landmark& after, const MujocoView& view,
                         absl::Span<const double> action) {
  return Reward(before, after, view, action) -
         std::min(kImpactCost * SumOfSquares(view.cfrc_ext), kMaxImpactCost);
}

// What the two tasks share.
MujocoTask Describe() {
  MujocoTask humanoid;
  Task& task = humanoid.task;
  task.act_dim = kActDim;
  task.act_low.assign(kActDim, -kMaxAction);
  task.act_high.assign(kActDim, kMaxAction);
  task.max_episode_steps = 1000;
  task.dt_seconds = kDt;
  task.observation = {
      {1, "height of the torso", "m"},
      {4, "orientation of the torso, a quaternion (w, x, y, z)", ""},
      {17, "angles of abdomen, right and left leg, right and left arm", "rad"},
      {3, "velocity of the torso along x, y, z", "m/s"},
      {3, "rates of the torso about its own axes", "rad/s"},
      {17, "rates of the joints, in the angles' order", "rad/s"},
  };
  humanoid.model = "humanoid";
  humanoid.frame_skip = 5;
  humanoid.draw_start = DrawStart;
  humanoid.landmark = CentreOfMass;
  return humanoid;
}

MujocoTask DescribeFull() {
  MujocoTask humanoid = Describe();
  Task& task = humanoid.task;
  task.id = "Humanoid-v4";
  task.obs_dim = kStateDim + (10 + 6 + 6) * kNumBodies + kNumRates;
  const std::vector<ObservationPart> bodies = {
      {10 * kNumBodies, "each body, the world first: inertia (6), mass times offset (3), mass",
       "kg m^2, kg m, kg"},
      {6 * kNumBodies, "each body: rates about and velocity along x, y, z", "rad/s, m/s"},
      {6, "force and torque of the motors on the torso: zero", "N, N m"},
      {17, "torques of the motors, in the angles' order", "N m"},
      {6 * kNumBodies, "each body: torque and force of contacts", "N m, N"},
  };
  task.observation.insert(task.observation.end(), bodies.begin(), bodies.end());
  task.reward = "1.25 * speed of the centre of mass along x + 5 - 0.1 * sum of squared actions";
  task.termination = "height <= 1 or >= 2";
  task.terminated = [](absl::Span<const float> observation) {
    return !UprightWithin(observation[0]);
  };
  humanoid.observe = ObserveBodies;
  humanoid.reward = Reward;
  humanoid.terminated = [](const MujocoView& view) { return !UprightWithin(view.qpos[2]); };
  return humanoid;
}

MujocoTask DescribeTruncated() {
  MujocoTask humanoid = Describe();
  Task& task = humanoid.task;
  task.id = "HumanoidTruncatedObs";
  task.obs_dim = kStateDim;
  task.reward =
      "1.25 * speed of the centre of mass along x + 5 - 0.1 * sum of squared actions - 5e-7 * sum "
      "of squared contact torques and forces, that cost at most 10";
  task.termination = "height < 1 or > 2";
  task.terminated = [](absl::Span<const float> observation) {
    return !UprightUpTo(observation[0]);
  };
  humanoid.observe = ObserveState;
  humanoid.reward = RewardLessImpacts;
  humanoid.terminated = [](const MujocoView& view) { return !UprightUpTo(view.qpos[2]); };
  return humanoid;
}

}  // namespace

const MujocoTask& HumanoidTask() {
  static const auto* const task = new MujocoTask(DescribeFull());
  return *task;
}

const MujocoTask& HumanoidTruncatedObsTask() {
  static const auto* const task = new MujocoTask(DescribeTruncated());
  return *task;
}

}  // namespace vagram
