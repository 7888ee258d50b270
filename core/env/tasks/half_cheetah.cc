// HalfCheetah-v4: a planar runner with a back and a front leg, to run forward. Observation, reward
// and start as in openai/gym 0.26.2 (gym/envs/mujoco/half_cheetah_v4.py). qpos is (x, z, pitch,
// back thigh, shin and foot, front thigh, shin and foot), all zero where the model stands.
#include <algorithm>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/parts.h"

namespace vagram {
namespace {

constexpr double kDt = 0.05;
constexpr double kStartNoise = 0.1;
constexpr double kControlCost = 0.1;

void DrawStart(Rng& rng, absl::Span<double> qpos, absl::Span<double> qvel) {
  AddUniformNoise(rng, kStartNoise, qpos);
  AddNormalNoise(rng, kStartNoise, qvel);
}

void Observe(const MujocoView& view, absl::Span<double> observation) {
  std::copy(view.qvel.begin(), view.qvel.end(),
            std::copy(view.qpos.begin() + 1, view.qpos.end(), observation.begin()));
}

double Reward(const Landmark& before, const Landmark& after, const MujocoView&,
              absl::Span<const double> action) {
  return (after[0] - before[0]) / kDt - kControlCost * SumOfSquares(action);
}

MujocoTask Describe() {
  MujocoTask cheetah;
  Task& task = cheetah.task;
  task.id = "HalfCheetah-v4";
  task.obs_dim = 17;
  task.act_dim = 6;
  task.act_low = {-1, -1, -1, -1, -1, -1};
  task.act_high = {1, 1, 1, 1, 1, 1};
  task.max_episode_steps = 1000;
  task.dt_seconds = kDt;
  task.observation = {
      {1, "height of the torso above where the model stands", "m"},
      {1, "pitch of the torso", "rad"},
      {3, "angles of back thigh, shin and foot joint", "rad"},
      {3, "angles of front thigh, shin and foot joint", "rad"},
      {2, "velocity of the torso forward and up", "m/s"},
      {7, "rates of pitch and joints", "rad/s"},
  };
  task.reward = "forward speed - 0.1 * sum of squared actions";
  task.termination = "never";
  task.terminated = NeverTerminated;
  cheetah.model = "half_cheetah";
  cheetah.frame_skip = 5;
  cheetah.reads_contact_forces = false;
  cheetah.draw_start = DrawStart;
  cheetah.observe = Observe;
  cheetah.landmark = [](const MujocoView& view) { return Landmark{view.qpos[0], 0, 0}; };
  cheetah.reward = Reward;
  cheetah.terminated = [](const MujocoView&) { return false; };
  return cheetah;
}

}  // namespace

const MujocoTask& HalfCheetahTask() {
  static const auto* const task = new MujocoTask(Describe());
  return *task;
}

}  // namespace vagram
