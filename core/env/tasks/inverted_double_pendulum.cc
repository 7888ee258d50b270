// InvertedDoublePendulum-v4: balance two poles, one on top of the other, on a motor-driven cart.
// Observation, reward, start and end as in openai/gym 0.26.2
// (gym/envs/mujoco/inverted_double_pendulum_v4.py). qpos is (cart, lower pole, upper pole), the
// upper pole's angle relative to the lower one's.
#include <algorithm>
#include <cmath>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/parts.h"

namespace vagram {
namespace {

constexpr double kStartNoise = 0.1;
constexpr double kMaxObserved = 10;  // of rates and constraint forces
constexpr double kPoleLength = 0.6;
constexpr double kMinHeight = 1;
constexpr double kAliveReward = 10;

// Not above the bound, so that what is not a number has fallen.
bool Fell(double tip_height) { return !(tip_height > kMinHeight); }

// Steps are judged, as in the reference, by where the engine last placed the tip, which lags behind
// the angles that an observation shows: under random actions by less than 0.2 mm, or 11 mm while
// the cart runs into the rail's end. The two rules differed in 16 of 10^6 such steps, each time
// with a tip within 0.02 mm of the limit.
bool RowTerminated(absl::Span<const float> observation) {
  const double sin_lower = observation[1], sin_upper = observation[2];
  const double cos_lower = observation[3], cos_upper = observation[4];
  const double cos_sum = cos_lower * cos_upper - sin_lower * sin_upper;
  return Fell(kPoleLength * (cos_lower + cos_sum));
}

bool Terminated(const MujocoView& view) { return Fell(view.site_xpos[2]); }

void DrawStart(Rng& rng, absl::Span<double> qpos, absl::Span<double> qvel) {
  AddUniformNoise(rng, kStartNoise, qpos);
  AddNormalNoise(rng, kStartNoise, qvel);
}

void Observe(const MujocoView& view, absl::Span<double> observation) {
  observation[0] = view.qpos[0];
  for (int pole : {1, 2}) {
    observation[pole] = std::sin(view.qpos[pole]);
    observation[2 + pole] = std::cos(view.qpos[pole]);
  }
  const auto forces = CopyClipped(view.qvel, kMaxObserved, observation.begin() + 5);
  CopyClipped(view.qfrc_constraint, kMaxObserved, forces);
}

// Asks for the tip above the rail's middle, and 2 m up, although it reaches 1.2 m at most.
double Reward(const Landmark&, const Landmark&, const MujocoView& view, absl::Span<const double>) {
  const double x = view.site_xpos[0], z = view.site_xpos[2];
  const double lower_rate = view.qvel[1], upper_rate = view.qvel[2];
  const double distance_cost = 0.01 * x * x + (z - 2) * (z - 2);
  const double rate_cost = 1e-3 * lower_rate * lower_rate + 5e-3 * upper_rate * upper_rate;
  return kAliveReward - distance_cost - rate_cost;
}

MujocoTask Describe() {
  MujocoTask pendulum;
  Task& task = pendulum.task;
  task.id = "InvertedDoublePendulum-v4";
  task.obs_dim = 11;
  task.act_dim = 1;
  task.act_low = {-1};
  task.act_high = {1};
  task.max_episode_steps = 1000;
  task.dt_seconds = 0.05;
  task.observation = {
      {1, "position of the cart", "m"},
      {2, "sines of the lower pole's angle and of the upper's relative to it", ""},
      {2, "cosines of the same", ""},
      {1, "velocity of the cart, within +-10", "m/s"},
      {2, "rates of the angles, within +-10", "rad/s"},
      {1, "force of the rail's ends on the cart, within +-10", "N"},
      {2, "constraint forces on the angles, always 0", "N m"},
  };
  task.reward =
      "10 - 0.01 x^2 - (z - 2)^2 - 0.001 * squared rate of the lower angle - 0.005 * of the upper, "
      "with (x, z) the tip of the upper pole";
  task.termination = "height of the upper pole's tip <= 1";
  task.terminated = RowTerminated;
  pendulum.model = "inverted_double_pendulum";
  pendulum.frame_skip = 5;
  pendulum.reads_contact_forces = false;
  pendulum.draw_start = DrawStart;
  pendulum.observe = Observe;
  pendulum.landmark = [](const MujocoView&) { return Landmark{}; };
  pendulum.reward = Reward;
  pendulum.terminated = Terminated;
  return pendulum;
}

}  // namespace

const MujocoTask& InvertedDoublePendulumTask() {
  static const auto* const task = new MujocoTask(Describe());
  return *task;
}

}  // namespace vagram
