#include "core/env/tasks/catalogue.h"

namespace vagram {

std::vector<const ClassicTask*> ClassicTasks() {
  return {&CartPoleContinuousTask(), &PendulumTask()};
}

std::vector<const MujocoTask*> MujocoTasks() {
  return {
      &AntContactTask(),       &AntTask(),      &AntTruncatedObsTask(),
      &HopperTask(),           &HumanoidTask(), &HumanoidTruncatedObsTask(),
      &InvertedPendulumTask(),
  };
}

}  // namespace vagram
