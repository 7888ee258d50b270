// Hopper-v4: a one-legged robot of four links, to hop forward without falling. Observation, reward,
// start and end as in openai/gym 0.26.2 (gym/envs/mujoco/hopper_v4.py). qpos is (x, z, pitch,
// thigh, leg, foot).
#include <algorithm>
#include <cmath>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/parts.h"

namespace vagram {
namespace {

constexpr int kObsDim = 11;
constexpr double kDt = 0.008;
constexpr double kStartNoise = 0.005;
constexpr double kMaxObservedRate = 10;
constexpr double kAliveReward = 1;
constexpr double kControlCost = 1e-3;
constexpr double kMinHeight = 0.7;
constexpr double kMaxPitch = 0.2;
constexpr double kMaxState = 100;  // of every position but x and z, and of every rate

// All bounds are strict, so that what is not a number is not upright.
bool Upright(double height, double pitch) {
  return height > kMinHeight && std::abs(pitch) < kMaxPitch;
}

template <typename Value>
bool Within(absl::Span<const Value> values, double bound) {
  return std::all_of(values.begin(), values.end(),
                     [bound](Value value) { return std::abs(value) < bound; });
}

// The observation holds z, the other positions, and rates clipped to +-10. A rate beyond +-100
// cannot be told from it; imagined rates, which nothing clips, are held to the same bound.
bool RowTerminated(absl::Span<const float> observation) {
  return !(Upright(observation[0], observation[1]) && Within(observation.subspan(1), kMaxState));
}

bool Terminated(const MujocoView& view) {
  return !(Upright(view.qpos[1], view.qpos[2]) && Within(view.qpos.subspan(2), kMaxState) &&
           Within(view.qvel, kMaxState));
}

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
  MujocoTask hopper;
  Task& task = hopper.task;
  task.id = "Hopper-v4";
  task.obs_dim = kObsDim;
  task.act_dim = 3;
  task.act_low = {-1, -1, -1};
  task.act_high = {1, 1, 1};
  task.max_episode_steps = 1000;
  task.dt_seconds = kDt;
  task.observation = {
      {1, "height of the torso", "m"},
      {1, "pitch of the torso", "rad"},
      {3, "angles of thigh, leg and foot joint", "rad"},
      {2, "velocity of the torso forward and up, within +-10", "m/s"},
      {4, "rates of pitch and joints, within +-10", "rad/s"},
  };
  task.reward = "forward speed + 1 - 0.001 * sum of squared actions";
  task.termination = "height <= 0.7, |pitch| >= 0.2, or any other entry beyond +-100";
  task.terminated = RowTerminated;
  hopper.model = "hopper";
  hopper.frame_skip = 4;
  hopper.reads_contact_forces = false;
  hopper.draw_start = DrawStart;
  hopper.observe = Observe;
  hopper.landmark = [](const MujocoView& view) { return Landmark{view.qpos[0], 0, 0}; };
  hopper.reward = Reward;
  hopper.terminated = Terminated;
  return hopper;
}

}  // namespace

const MujocoTask& HopperTask() {
  static const auto* const task = new MujocoTask(Describe());
  return *task;
}

}  // namespace vagram
