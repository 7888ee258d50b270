// Tasks that do one thing wrong when they are simulated; their ids say which.
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "core/env/plugin/task_plugin.h"

namespace {

using vagram::plugin::Error;
using vagram::plugin::Simulation;
using vagram::plugin::Task;

enum Fault {
  kNone,
  kMakeFails,
  kMakeGivesNull,
  kResetFails,
  kResetFailsLater,
  kStepFails,
  kStepThrows,
  kStepThrowsNumber,
  kStepSetsNoReward,
  kRewardIsHuge,
  kObservesInfinity,
  kObservesHalf,
  kObserveThrows,
  kSaveThrows,
  kRestoreFails,
  kRestoreThrows,
};

struct State {
  double steps;
  double resets;
};

// Counts, and shows the count twice, until it has counted to 3.
template <Fault kFault>
class Counter : public Simulation {
 public:
  Error Reset(uint64_t) override {
    if (kFault == kResetFails) return "no dice";
    if (kFault == kResetFailsLater && state_.resets == 2) return "out of dice";
    state_.steps = 0;
    ++state_.resets;
    return nullptr;
  }

  Error Step(const double*, double* reward, bool* terminated) override {
    ++state_.steps;
    *terminated = false;
    if (kFault != kStepSetsNoReward) *reward = 1;
    if (!Due()) return nullptr;
    if (kFault == kRewardIsHuge) *reward = 1e300;
    if (kFault == kStepFails) return "the solver did not converge";
    if (kFault == kStepThrows) throw std::out_of_range("joint 7");
    if (kFault == kStepThrowsNumber) throw 7;
    return nullptr;
  }

  void Observe(double* observation) const override {
    observation[0] = state_.steps;
    if (kFault == kObservesHalf && Due()) return;
    if (kFault == kObserveThrows && Due()) throw std::logic_error("blind");
    observation[1] = kFault == kObservesInfinity && Due() ? HUGE_VAL : state_.steps;
  }

  void Save(unsigned char* state) const override {
    if (kFault == kSaveThrows) throw std::bad_alloc();
    std::memcpy(state, &state_, sizeof(state_));
  }

  Error Restore(const unsigned char* state) override {
    if (kFault == kRestoreFails) return "sealed";
    std::memcpy(&state_, state, sizeof(state_));
    if (kFault == kRestoreThrows) throw std::runtime_error("torn");
    return nullptr;
  }

 private:
  bool Due() const { return state_.steps == 3; }

  State state_ = {0, 0};
};

template <Fault kFault>
Simulation* Make(Error* error) {
  if (kFault == kMakeFails) *error = "no seat left";
  if (kFault == kMakeFails || kFault == kMakeGivesNull) return nullptr;
  return new Counter<kFault>;
}

template <Fault kFault>
Task Describe(const char* id) {
  static const double low[] = {-1}, high[] = {1};
  static const vagram::plugin::ObservationPart parts[] = {{2, "count", ""}};
  Task task;
  task.id = id;
  task.obs_dim = 2;
  task.act_dim = 1;
  task.act_low = low;
  task.act_high = high;
  task.max_episode_steps = 10;
  task.dt_seconds = 1;
  task.state_size = sizeof(State);
  task.num_parts = 1;
  task.observation = parts;
  task.reward = "1";
  task.termination = "never";
  task.terminated = [](const float*) { return false; };
  task.make = Make<kFault>;
  return task;
}

}  // namespace

const vagram::plugin::Library* VagramPlugin() {
  static const Task tasks[] = {
      Describe<kNone>("Sound"),
      Describe<kMakeFails>("MakeFails"),
      Describe<kMakeGivesNull>("MakeGivesNull"),
      Describe<kResetFails>("ResetFails"),
      Describe<kResetFailsLater>("ResetFailsLater"),
      Describe<kStepFails>("StepFails"),
      Describe<kStepThrows>("StepThrows"),
      Describe<kStepThrowsNumber>("StepThrowsNumber"),
      Describe<kStepSetsNoReward>("StepSetsNoReward"),
      Describe<kRewardIsHuge>("RewardIsHuge"),
      Describe<kObservesInfinity>("ObservesInfinity"),
      Describe<kObservesHalf>("ObservesHalf"),
      Describe<kObserveThrows>("ObserveThrows"),
      Describe<kSaveThrows>("SaveThrows"),
      Describe<kRestoreFails>("RestoreFails"),
      Describe<kRestoreThrows>("RestoreThrows"),
  };
  static const vagram::plugin::Library library(tasks);
  return &library;
}
