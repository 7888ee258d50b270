// Walker2d-v4: a planar robot on two legs, to walk forward without falling. Observation, reward,
// start and end as in openai/gym 0.26.2 (gym/envs/mujoco/walker2d_v4.py). qpos is (x, z, pitch,
// right thigh, leg and foot, left thigh, leg and foot).
#include <algorithm>
#include <cmath>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/parts.h"

namespace vagram {
namespace {

constexpr double kDt = 0.008;
constexpr double kStartNoise = 0.005;
constexpr double kMaxObservedRate = 10;
constexpr double kAliveReward = 1;
constexpr double kControlCost = 1e-3;
constexpr double kMinHeight = 0.8;
constexpr double kMaxHeight = 2;
constexpr double kMaxPitch = 1;

// All bounds are strict, so that what is not a number is not upright.
bool Upright(double height, double pitch) {
  return height > kMinHeight && height < kMaxHeight && std::abs(pitch) < kMaxPitch;
}

bool RowTerminated(absl::Span<const float> observation) {
  return !Upright(observation[0], observation[1]);
}

bool Terminated(const MujocoView& view) { return !Upright(view.qpos[1], view.qpos[2]); }

void DrawStart(Rng& rng, absl::Span<double> qpos, absl::Span<double> qvel) {
  AddUniformNoise(rng, kStartNoise, qpos);
  AddUniformNoise(rng, kStartNoise, qvel);
}

void Observe(const MujocoView& view, absl::Span<double> observation) {
  const auto rates = std::copy(view.qpos.begin() + 1, view.qpos.end(), observation.begin());
  CopyClipped(view.qvel, kMaxObservedRate, rates);
}

// Being alive is paid for on the terminating step too.
double Reward(const Landmark& before, const Landmark& after, const MujocoView&,
              absl::Span<const double> action) {
  return (after[0] - before[0]) / kDt + kAliveReward - kControlCost * SumOfSquares(action);
}

MujocoTask Describe() {
  MujocoTask walker;
  Task& task = walker.task;
  task.id = "Walker2d-v4";
  task.obs_dim = 17;
  task.act_dim = 6;
  task.act_low = {-1, -1, -1, -1, -1, -1};
  task.act_high = {1, 1, 1, 1, 1, 1};
  task.max_episode_steps = 1000;
  task.dt_seconds = kDt;
  task.observation = {
      {1, "height of the torso", "m"},
      {1, "pitch of the torso", "rad"},
      {3, "angles of right thigh, leg and foot joint", "rad"},
      {3, "angles of left thigh, leg and foot joint", "rad"},
      {2, "velocity of the torso forward and up, within +-10", "m/s"},
      {7, "rates of pitch and joints, within +-10", "rad/s"},
  };
  task.reward = "forward speed + 1 - 0.001 * sum of squared actions";
  task.termination = "height <= 0.8 or >= 2, or |pitch| >= 1";
  task.terminated = RowTerminated;
  walker.model = "walker2d";
  walker.frame_skip = 4;
  walker.reads_contact_forces = false;
  walker.draw_start = DrawStart;
  walker.observe = Observe;
  walker.landmark = [](const MujocoView& view) { return Landmark{view.qpos[0], 0, 0}; };
  walker.reward = Reward;
  walker.terminated = Terminated;
  return walker;
}

}  // namespace

const MujocoTask& Walker2dTask() {
  static const auto* const task = new MujocoTask(Describe());
  return *task;
}

}  // namespace vagram
