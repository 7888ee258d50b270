// Pendulum-v1: swing a torque-limited pendulum up and hold it there. Equations and constants as in
// openai/gym 0.26.2 (gym/envs/classic_control/pendulum.py). theta = 0 is upright.
#include <algorithm>
#include <cmath>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/parts.h"

namespace vagram {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kDt = 0.05;
constexpr double kMaxRate = 8;
constexpr double kMaxTorque = 2;
constexpr double kGravity = 10;
constexpr double kMass = 1;
constexpr double kLength = 1;

// `angle` as the equal one in [-pi, pi).
double Wrap(double angle) {
  double turned = std::fmod(angle + kPi, 2 * kPi);
  if (turned < 0) turned += 2 * kPi;
  return turned - kPi;
}

void DrawStart(Rng& rng, absl::Span<double> qpos, absl::Span<double> qvel) {
  qpos[0] = rng.Uniform(-kPi, kPi);
  qvel[0] = rng.Uniform(-1, 1);
}

double Cost(double angle, double rate, double torque) {
  return angle * angle + 0.1 * (rate * rate) + 0.001 * (torque * torque);
}

StepOutcome Step(absl::Span<const double> action, absl::Span<double> qpos,
                 absl::Span<double> qvel) {
  double& theta = qpos[0];
  double& rate = qvel[0];
  const double torque = std::clamp(action[0], -kMaxTorque, kMaxTorque);

  // The cost of the state that was left, not of the one that is reached.
  const double cost = Cost(Wrap(theta), rate, torque);

  const double acceleration =
      3 * kGravity / (2 * kLength) * std::sin(theta) + 3.0 / (kMass * kLength * kLength) * torque;
  rate = std::clamp(rate + acceleration * kDt, -kMaxRate, kMaxRate);
  theta += rate * kDt;  // semi-implicit: with the new rate
  return {-cost, false};
}

// The reference's observations are float32.
void Observe(absl::Span<const double> qpos, absl::Span<const double> qvel,
             absl::Span<double> observation) {
  observation[0] = static_cast<float>(std::cos(qpos[0]));
  observation[1] = static_cast<float>(std::sin(qpos[0]));
  observation[2] = static_cast<float>(qvel[0]);
}

ClassicTask Describe() {
  ClassicTask pendulum;
  Task& task = pendulum.task;
  task.id = "Pendulum-v1";
  task.obs_dim = 3;
  task.act_dim = 1;
  task.act_low = {-kMaxTorque};
  task.act_high = {kMaxTorque};
  task.max_episode_steps = 200;
  task.dt_seconds = kDt;
  task.observation = {
      {2, "cosine and sine of the angle, 0 upright", ""},
      {1, "rate of the angle", "rad/s"},
  };
  task.reward = "-(angle^2 + 0.1 rate^2 + 0.001 torque^2), all from before the step";
  task.termination = "never";
  task.terminated = NeverTerminated;
  task.observed_reward = [](absl::Span<const float> observation, absl::Span<const float> action,
                            absl::Span<const float>) {
    const double torque = std::clamp<double>(action[0], -kMaxTorque, kMaxTorque);
    return -Cost(std::atan2(observation[1], observation[0]), observation[2], torque);
  };
  pendulum.num_coordinates = 1;
  pendulum.draw_start = DrawStart;
  pendulum.step = Step;
  pendulum.observe = Observe;
  return pendulum;
}

}  // namespace

const ClassicTask& PendulumTask() {
  static const auto* const task = new ClassicTask(Describe());
  return *task;
}

}  // namespace vagram
