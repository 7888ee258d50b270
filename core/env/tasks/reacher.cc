// Reacher-v4: bring the fingertip of a two-link arm to a target on the table. Observation, reward
// and start as in openai/gym 0.26.2 (gym/envs/mujoco/reacher_v4.py). qpos is (shoulder, elbow,
// target x, target y); the target never moves within an episode.
#include <algorithm>
#include <cmath>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/parts.h"

namespace vagram {
namespace {

constexpr int kFingertip = 3;  // bodies
constexpr int kTarget = 4;
constexpr int kWayAt = 8;  // in the observation: from the target to the fingertip
constexpr double kAngleNoise = 0.1;
constexpr double kRateNoise = 0.005;
constexpr double kTargetRadius = 0.2;

// From the target to the fingertip, as the engine last placed them.
Landmark Way(const MujocoView& view) {
  Landmark way;
  for (int i = 0; i < 3; ++i) {
    way[i] = view.xpos[3 * kFingertip + i] - view.xpos[3 * kTarget + i];
  }
  return way;
}

void DrawStart(Rng& rng, absl::Span<double> qpos, absl::Span<double> qvel) {
  AddUniformNoise(rng, kAngleNoise, qpos.first(2));
  do {
    qpos[2] = rng.Uniform(-kTargetRadius, kTargetRadius);
    qpos[3] = rng.Uniform(-kTargetRadius, kTargetRadius);
  } while (std::hypot(qpos[2], qpos[3]) >= kTargetRadius);
  AddUniformNoise(rng, kRateNoise, qvel.first(2));
}

void Observe(const MujocoView& view, absl::Span<double> observation) {
  for (int joint : {0, 1}) {
    observation[joint] = std::cos(view.qpos[joint]);
    observation[2 + joint] = std::sin(view.qpos[joint]);
    observation[4 + joint] = view.qpos[2 + joint];
    observation[6 + joint] = view.qvel[joint];
  }
  const Landmark way = Way(view);
  std::copy(way.begin(), way.end(), observation.begin() + kWayAt);
}

// The distance is the one before the step, which the observation before it shows.
double Reward(const Landmark& before, const Landmark&, const MujocoView&,
              absl::Span<const double> action) {
  return -std::hypot(before[0], before[1], before[2]) - SumOfSquares(action);
}

double ObservedReward(absl::Span<const float> observation, absl::Span<const float> action,
                      absl::Span<const float>) {
  return -std::sqrt(SumOfSquares(observation.subspan(kWayAt))) - SumOfSquares(action);
}

MujocoTask Describe() {
  MujocoTask reacher;
  Task& task = reacher.task;
  task.id = "Reacher-v4";
  task.obs_dim = 11;
  task.act_dim = 2;
  task.act_low = {-1, -1};
  task.act_high = {1, 1};
  task.max_episode_steps = 50;
  task.dt_seconds = 0.02;
  task.observation = {
      {2, "cosines of shoulder and elbow angle", ""},
      {2, "sines of shoulder and elbow angle", ""},
      {2, "position of the target", "m"},
      {2, "rates of shoulder and elbow", "rad/s"},
      {3, "way from the target to the fingertip, the last always 0", "m"},
  };
  task.reward =
      "-distance of the fingertip from the target before the step - sum of squared actions";
  task.termination = "never";
  task.terminated = NeverTerminated;
  task.observed_reward = ObservedReward;
  reacher.model = "reacher";
  reacher.frame_skip = 2;
  reacher.reads_contact_forces = false;
  reacher.draw_start = DrawStart;
  reacher.observe = Observe;
  reacher.landmark = Way;
  reacher.reward = Reward;
  reacher.terminated = [](const MujocoView&) { return false; };
  return reacher;
}

}  // namespace

const MujocoTask& ReacherTask() {
  static const auto* const task = new MujocoTask(Describe());
  return *task;
}

}  // namespace vagram
