// Tasks that run without a failure and yet break the rules; their ids say how.
#include <cmath>
#include <cstring>

#include "core/env/plugin/task_plugin.h"

namespace {

using vagram::plugin::Error;
using vagram::plugin::Random;
using vagram::plugin::Simulation;
using vagram::plugin::Task;

enum Fault {
  kNone,
  kSharesGenerator,
  kRemembersEpisodes,
  kForgetsToSave,
  kWritesOtherBytes,
  kJudgesWrongly,
  kRewardsWrongly,
  kRewardsNaN,
};

struct State {
  double position;
  double episodes;
  double unused;
  Random random;
};

Random shared_random = {1};

bool Beyond(float position) { return std::abs(position) > 1; }

// A walk at random that ends beyond +-1.
template <Fault kFault>
class Walk : public Simulation {
 public:
  Error Reset(uint64_t seed) override {
    state_.random.state = seed;
    state_.position = state_.random.Uniform(-0.1, 0.1);
    state_.episodes += kFault == kRemembersEpisodes;
    return nullptr;
  }

  Error Step(const double* action, double* reward, bool* terminated) override {
    Random& random = kFault == kSharesGenerator ? shared_random : state_.random;
    state_.position += 0.1 * *action + random.Uniform(-0.1, 0.1) + 1e-3 * state_.episodes;
    *reward = -state_.position;
    *terminated = Beyond(state_.position);
    return nullptr;
  }

  void Observe(double* observation) const override { *observation = state_.position; }

  void Save(unsigned char* state) const override {
    State saved = state_;
    if (kFault == kForgetsToSave) saved.random.state = 0;
    if (kFault == kWritesOtherBytes) saved.unused = shared_random.Uniform(0, 1);
    std::memcpy(state, &saved, sizeof(saved));
  }

  Error Restore(const unsigned char* state) override {
    std::memcpy(&state_, state, sizeof(state_));
    return nullptr;
  }

 private:
  State state_ = {};
};

template <Fault kFault>
bool Terminated(const float* observation) {
  return kFault == kJudgesWrongly ? *observation > 1 : Beyond(*observation);
}

template <Fault kFault>
double ObservedReward(const float* observation, const float*, const float* next) {
  if (kFault == kRewardsNaN) return NAN;
  return -(kFault == kRewardsWrongly ? *observation : *next);
}

template <Fault kFault>
Task Describe(const char* id) {
  static const double low[] = {-1}, high[] = {1};
  static const vagram::plugin::ObservationPart parts[] = {{1, "position", ""}};
  Task task;
  task.id = id;
  task.obs_dim = 1;
  task.act_dim = 1;
  task.act_low = low;
  task.act_high = high;
  task.max_episode_steps = 500;
  task.dt_seconds = 1;
  task.state_size = sizeof(State);
  task.num_parts = 1;
  task.observation = parts;
  task.reward = "-position";
  task.termination = "|position| > 1";
  task.terminated = Terminated<kFault>;
  task.observed_reward = ObservedReward<kFault>;
  task.make = [](Error*) -> Simulation* { return new Walk<kFault>; };
  return task;
}

}  // namespace

const vagram::plugin::Library* VagramPlugin() {
  static const Task tasks[] = {
      Describe<kNone>("Sound"),
      Describe<kSharesGenerator>("SharesGenerator"),
      Describe<kRemembersEpisodes>("RemembersEpisodes"),
      Describe<kForgetsToSave>("ForgetsToSave"),
      Describe<kWritesOtherBytes>("WritesOtherBytes"),
      Describe<kJudgesWrongly>("JudgesWrongly"),
      Describe<kRewardsWrongly>("RewardsWrongly"),
      Describe<kRewardsNaN>("RewardsNaN"),
  };
  static const vagram::plugin::Library library(tasks);
  return &library;
}
