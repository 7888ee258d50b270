#include "core/env/tasks/catalogue.h"

namespace vagram {

std::vector<const ClassicTask*> ClassicTasks() {
  return {&CartPoleContinuousTask(), &PendulumTask()};
}

std::vector<const MujocoTask*> MujocoTasks() {
  return {
      &AntContactTask(),
      &AntTask(),
      &AntTruncatedObsTask(),
      &HalfCheetahTask(),
      &HopperTask(),
      &HumanoidTask(),
      &HumanoidTruncatedObsTask(),
      &InvertedDoublePendulumTask(),
      &InvertedPendulumTask(),
      &ReacherTask(),
      &SwimmerTask(),
      &Walker2dTask(),
  };
}

}  // namespace vagram
