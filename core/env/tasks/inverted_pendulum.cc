// InvertedPendulum-v4: balance a pole on a motor-driven cart. Observation, reward, start and end as
// in openai/gym 0.26.2 (gym/envs/mujoco/inverted_pendulum_v4.py).
#include <algorithm>
#include <array>
#include <cmath>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/parts.h"

namespace vagram {
namespace {

constexpr int kObsDim = 4;
constexpr double kMaxAngle = 0.2;
constexpr double kStartNoise = 0.01;

// The rule on an observation of either precision.
template <typename Observation>
bool Fell(const Observation& observation) {
  return std::abs(observation[1]) > kMaxAngle ||
         !std::all_of(observation.begin(), observation.end(),
                      [](auto entry) { return std::isfinite(entry); });
}

bool RowTerminated(absl::Span<const float> observation) { return Fell(observation); }

void DrawStart(Rng& rng, absl::Span<double> qpos, absl::Span<double> qvel) {
  AddUniformNoise(rng, kStartNoise, qpos);
  AddUniformNoise(rng, kStartNoise, qvel);
}

void Observe(const MujocoView& view, absl::Span<double> observation) {
  std::copy(view.qvel.begin(), view.qvel.end(),
            std::copy(view.qpos.begin(), view.qpos.end(), observation.begin()));
}

bool Terminated(const MujocoView& view) {
  std::array<double, kObsDim> observation;
  Observe(view, absl::MakeSpan(observation));
  return Fell(observation);
}

MujocoTask Describe() {
  MujocoTask pendulum;
  Task& task = pendulum.task;
  task.id = "InvertedPendulum-v4";
  task.obs_dim = kObsDim;
  task.act_dim = 1;
  task.act_low = {-3};
  task.act_high = {3};
  task.max_episode_steps = 1000;
  task.dt_seconds = 0.04;
  task.observation = {
      {1, "position of the cart", "m"},
      {1, "angle of the pole, 0 upright", "rad"},
      {1, "velocity of the cart", "m/s"},
      {1, "rate of the pole's angle", "rad/s"},
  };
  task.reward = "1 per step, the terminating one included";
  task.termination = "|pole angle| > 0.2, or any entry not finite";
  task.terminated = RowTerminated;
  task.observed_reward = [](auto, auto, auto) { return 1.0; };
  pendulum.model = "inverted_pendulum";
  pendulum.frame_skip = 2;
  pendulum.reads_contact_forces = false;
  pendulum.draw_start = DrawStart;
  pendulum.observe = Observe;
  pendulum.landmark = [](const MujocoView&) { return Landmark{}; };
  pendulum.reward = [](const Landmark&, const Landmark&, const MujocoView&,
                       absl::Span<const double>) { return 1.0; };
  pendulum.terminated = Terminated;
  return pendulum;
}

}  // namespace

const MujocoTask& InvertedPendulumTask() {
  static const auto* const task = new MujocoTask(Describe());
  return *task;
}

}  // namespace vagram
