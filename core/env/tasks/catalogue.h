#ifndef CORE_ENV_TASKS_CATALOGUE_H_
#define CORE_ENV_TASKS_CATALOGUE_H_

#include <vector>

#include "core/env/classic_task.h"
#include "core/env/mujoco_task.h"

namespace vagram {

// One function per task, each in a file of its own or, for variants, in its robot's. All live for
// ever.
const ClassicTask& CartPoleContinuousTask();
const ClassicTask& PendulumTask();
const MujocoTask& AntContactTask();
const MujocoTask& AntTask();
const MujocoTask& AntTruncatedObsTask();
const MujocoTask& HalfCheetahTask();
const MujocoTask& HopperTask();
const MujocoTask& HumanoidTask();
const MujocoTask& HumanoidTruncatedObsTask();
const MujocoTask& InvertedDoublePendulumTask();
const MujocoTask& InvertedPendulumTask();
const MujocoTask& ReacherTask();
const MujocoTask& SwimmerTask();
const MujocoTask& Walker2dTask();

// Every task of either kind, in no order.
std::vector<const ClassicTask*> ClassicTasks();
std::vector<const MujocoTask*> MujocoTasks();

}  // namespace vagram

#endif  // CORE_ENV_TASKS_CATALOGUE_H_
