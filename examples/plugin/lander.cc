// Lander-v0: a lander above the moon is to touch down softly near the pad at x = 0. The main engine
// pushes up, the side engines push left and right; a wind that nobody would expect on the moon
// drifts at random and must be leant against.
//
// A complete library with one task, to copy from: docs/plugins.md is the guide.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>

#include "core/env/plugin/task_plugin.h"

namespace {

using vagram::plugin::Error;
using vagram::plugin::ObservationPart;
using vagram::plugin::Random;
using vagram::plugin::Simulation;
using vagram::plugin::Task;

const double kDt = 0.1;           // s
const double kGravity = 1.62;     // m/s^2
const double kMainThrust = 2.8;   // m/s^2, all engines at full power
const double kSideThrust = 1.0;   // m/s^2
const double kWindMemory = 0.95;  // share of the wind that is left after a step
const double kGust = 0.1;         // m/s^2, at most, per step
const double kFarAway = 30;       // m
const double kFuelPrice = 0.02;   // of a step at full power
const double kTouchdown = 10;
const double kLost = -20;

// Everything that the future depends on. No gaps between the fields: it is saved as it is.
struct State {
  double x, z;    // m
  double vx, vz;  // m/s
  double wind;    // m/s^2
  Random random;  // of the gusts
};

bool Down(float z) { return z <= 0; }

bool Lost(float x, float z) { return std::abs(x) >= kFarAway || z >= kFarAway; }

double MainPower(double action) { return std::min(std::max(action, 0.0), 1.0); }

double SidePower(double action) { return std::min(std::max(action, -1.0), 1.0); }

// For the engines' fuel, and at the end for the touchdown.
double Reward(double main, double side, double x, double z, double vx, double vz) {
  double reward = -kFuelPrice * (MainPower(main) + std::abs(SidePower(side)));
  if (Down(z)) reward += kTouchdown - 2 * std::hypot(vx, vz) - std::abs(x);
  if (Lost(x, z)) reward += kLost;
  return reward;
}

class Lander : public Simulation {
 public:
  Error Reset(uint64_t seed) override {
    state_.random.state = seed;
    state_.x = state_.random.Uniform(-8, 8);
    state_.z = state_.random.Uniform(8, 12);
    state_.vx = state_.random.Uniform(-1, 1);
    state_.vz = state_.random.Uniform(-1, 0);
    state_.wind = state_.random.Uniform(-0.3, 0.3);
    return nullptr;
  }

  Error Step(const double* action, double* reward, bool* terminated) override {
    State& s = state_;
    s.wind = kWindMemory * s.wind + s.random.Uniform(-kGust, kGust);
    s.vx += kDt * (kSideThrust * SidePower(action[1]) + s.wind);
    s.vz += kDt * (kMainThrust * MainPower(action[0]) - kGravity);
    s.x += kDt * s.vx;
    s.z = std::max(s.z + kDt * s.vz, 0.0);
    *reward = Reward(action[0], action[1], s.x, s.z, s.vx, s.vz);
    // Judged as an observation in float32 is, so that both agree in every case.
    *terminated = Down(s.z) || Lost(s.x, s.z);
    return nullptr;
  }

  void Observe(double* observation) const override {
    observation[0] = state_.x;
    observation[1] = state_.z;
    observation[2] = state_.vx;
    observation[3] = state_.vz;
    observation[4] = state_.wind;
  }

  void Save(unsigned char* state) const override { std::memcpy(state, &state_, sizeof(state_)); }

  Error Restore(const unsigned char* state) override {
    std::memcpy(&state_, state, sizeof(state_));
    return nullptr;
  }

 private:
  State state_ = {};
};

bool Terminated(const float* observation) {
  return Down(observation[1]) || Lost(observation[0], observation[1]);
}

double ObservedReward(const float*, const float* action, const float* next) {
  return Reward(action[0], action[1], next[0], next[1], next[2], next[3]);
}

Simulation* Make(Error* error) {
  Simulation* lander = new (std::nothrow) Lander;
  if (lander == nullptr) *error = "out of memory";
  return lander;
}

Task DescribeLander() {
  static const double act_low[] = {0, -1};
  static const double act_high[] = {1, 1};
  static const ObservationPart observation[] = {
      {2, "distance right of the pad and height above it", "m"},
      {2, "velocity right and up", "m/s"},
      {1, "acceleration by the wind", "m/s^2"},
  };
  Task task;
  task.id = "Lander-v0";
  task.obs_dim = 5;
  task.act_dim = 2;
  task.act_low = act_low;
  task.act_high = act_high;
  task.max_episode_steps = 300;
  task.dt_seconds = kDt;
  task.state_size = sizeof(State);
  task.num_parts = 3;
  task.observation = observation;
  task.reward = "-0.02 * power of the engines; at touchdown 10 - 2 * speed - |x|; if lost -20";
  task.termination = "height <= 0 (down), or height or |x| >= 30 (lost)";
  task.terminated = Terminated;
  task.observed_reward = ObservedReward;
  task.make = Make;
  return task;
}

}  // namespace

const vagram::plugin::Library* VagramPlugin() {
  static const Task tasks[] = {DescribeLander()};
  static const vagram::plugin::Library library(tasks);
  return &library;
}
