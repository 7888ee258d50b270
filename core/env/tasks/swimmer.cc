// Swimmer-v4: a chain of three links in a fluid, to swim along x. Observation, reward and start as
// in openai/gym 0.26.2 (gym/envs/mujoco/swimmer_v4.py). qpos is (x, y, heading, first joint, second
// joint).
#include <algorithm>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/parts.h"

namespace vagram {
namespace {

constexpr double kDt = 0.04;
constexpr double kStartNoise = 0.1;
constexpr double kControlCost = 1e-4;

void DrawStart(Rng& rng, absl::Span<double> qpos, absl::Span<double> qvel) {
  AddUniformNoise(rng, kStartNoise, qpos);
  AddUniformNoise(rng, kStartNoise, qvel);
}

void Observe(const MujocoView& view, absl::Span<double> observation) {
  std::copy(view.qvel.begin(), view.qvel.end(),
            std::copy(view.qpos.begin() + 2, view.qpos.end(), observation.begin()));
}

double Reward(const Landmark& before, const Landmark& after, const MujocoView&,
              absl::Span<const double> action) {
  return (after[0] - before[0]) / kDt - kControlCost * SumOfSquares(action);
}

MujocoTask Describe() {
  MujocoTask swimmer;
  Task& task = swimmer.task;
  task.id = "Swimmer-v4";
  task.obs_dim = 8;
  task.act_dim = 2;
  task.act_low = {-1, -1};
  task.act_high = {1, 1};
  task.max_episode_steps = 1000;
  task.dt_seconds = kDt;
  task.observation = {
      {1, "heading of the first link", "rad"},
      {2, "angles of the two joints", "rad"},
      {2, "velocity of the first link along x and y", "m/s"},
      {3, "rates of heading and joints", "rad/s"},
  };
  task.reward = "speed along x - 0.0001 * sum of squared actions";
  task.termination = "never";
  task.terminated = NeverTerminated;
  swimmer.model = "swimmer";
  swimmer.frame_skip = 4;
  swimmer.reads_contact_forces = false;
  swimmer.draw_start = DrawStart;
  swimmer.observe = Observe;
  swimmer.landmark = [](const MujocoView& view) { return Landmark{view.qpos[0], 0, 0}; };
  swimmer.reward = Reward;
  swimmer.terminated = [](const MujocoView&) { return false; };
  return swimmer;
}

}  // namespace

const MujocoTask& SwimmerTask() {
  static const auto* const task = new MujocoTask(Describe());
  return *task;
}

}  // namespace vagram
