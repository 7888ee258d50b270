// CartPoleContinuous: balance a pole on a cart with a force of either sign and any size up to 10 N.
// Equations and constants as in facebookresearch/mbrl-lib (mbrl/env/cartpole_continuous.py, commit
// 3f93ccc), which makes the force of gym's cart-pole continuous.
#include <cmath>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/parts.h"

namespace vagram {
namespace {

constexpr double kDt = 0.02;
constexpr double kGravity = 9.8;
constexpr double kCartMass = 1.0;
constexpr double kPoleMass = 0.1;
constexpr double kTotalMass = kCartMass + kPoleMass;
constexpr double kHalfLength = 0.5;
constexpr double kPoleMoment = kPoleMass * kHalfLength;
constexpr double kForcePerAction = 10.0;
constexpr double kMaxPosition = 2.4;
constexpr double kMaxAngle = 12 * 2 * 3.14159265358979323846 / 360;

// True for what is not a number as well: a state that no rule can be checked on has failed.
bool Fell(double position, double angle) {
  return !(std::abs(position) <= kMaxPosition && std::abs(angle) <= kMaxAngle);
}

bool RowTerminated(absl::Span<const float> observation) {
  return Fell(observation[0], observation[2]);
}

// qpos is (position, angle), qvel their rates.
void DrawStart(Rng& rng, absl::Span<double> qpos, absl::Span<double> qvel) {
  qpos[0] = rng.Uniform(-0.05, 0.05);
  qvel[0] = rng.Uniform(-0.05, 0.05);
  qpos[1] = rng.Uniform(-0.05, 0.05);
  qvel[1] = rng.Uniform(-0.05, 0.05);
}

StepOutcome Step(absl::Span<const double> action, absl::Span<double> qpos,
                 absl::Span<double> qvel) {
  const bool had_fallen = Fell(qpos[0], qpos[1]);

  const double cosine = std::cos(qpos[1]);
  const double sine = std::sin(qpos[1]);
  const double force = kForcePerAction * action[0];
  const double pull = (force + kPoleMoment * (qvel[1] * qvel[1]) * sine) / kTotalMass;
  const double angle_acceleration =
      (kGravity * sine - cosine * pull) /
      (kHalfLength * (4.0 / 3.0 - kPoleMass * (cosine * cosine) / kTotalMass));
  const double acceleration = pull - kPoleMoment * angle_acceleration * cosine / kTotalMass;

  // Explicit Euler: positions move with the old rates.
  qpos[0] += kDt * qvel[0];
  qvel[0] += kDt * acceleration;
  qpos[1] += kDt * qvel[1];
  qvel[1] += kDt * angle_acceleration;

  // The terminating step is still paid for; steps between fallen states are not.
  const bool fell = Fell(qpos[0], qpos[1]);
  return {had_fallen && fell ? 0.0 : 1.0, fell};
}

void Observe(absl::Span<const double> qpos, absl::Span<const double> qvel,
             absl::Span<double> observation) {
  observation[0] = qpos[0];
  observation[1] = qvel[0];
  observation[2] = qpos[1];
  observation[3] = qvel[1];
}

ClassicTask Describe() {
  ClassicTask cart_pole;
  Task& task = cart_pole.task;
  task.id = "CartPoleContinuous";
  task.obs_dim = 4;
  task.act_dim = 1;
  task.act_low = {-1};
  task.act_high = {1};
  task.max_episode_steps = 200;
  task.dt_seconds = kDt;
  task.observation = {
      {1, "position of the cart", "m"},
      {1, "velocity of the cart", "m/s"},
      {1, "angle of the pole, 0 upright", "rad"},
      {1, "rate of the pole's angle", "rad/s"},
  };
  task.reward = "1 per step, the terminating one included";
  task.termination = "|cart position| > 2.4 or |pole angle| > 12 degrees";
  task.terminated = RowTerminated;
  task.observed_reward = [](absl::Span<const float> observation, absl::Span<const float>,
                            absl::Span<const float> next_observation) {
    return RowTerminated(observation) && RowTerminated(next_observation) ? 0.0 : 1.0;
  };
  cart_pole.num_coordinates = 2;
  cart_pole.draw_start = DrawStart;
  cart_pole.step = Step;
  cart_pole.observe = Observe;
  return cart_pole;
}

}  // namespace

const ClassicTask& CartPoleContinuousTask() {
  static const auto* const task = new ClassicTask(Describe());
  return *task;
}

}  // namespace vagram
