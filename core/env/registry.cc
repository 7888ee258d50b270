#include "core/env/registry.h"

#include "core/base/status_macros.h"
#include "core/env/classic_env.h"
#include "core/env/env.h"
#include "core/env/mujoco_env.h"
#include "core/env/tasks/catalogue.h"

namespace vagram {

absl::StatusOr<std::unique_ptr<SimulatedEnv>> MakeSimulatedEnv(absl::string_view task_id) {
  for (const ClassicTask* classic : ClassicTasks()) {
    if (classic->task.id == task_id) return std::make_unique<ClassicEnv>(*classic);
  }
  for (const MujocoTask* mujoco : MujocoTasks()) {
    if (mujoco->task.id == task_id) return MujocoEnv::Create(*mujoco);
  }
  return FindTask(task_id).status();
}

absl::StatusOr<std::unique_ptr<Env>> MakeEnv(absl::string_view task_id) {
  return MakeSimulatedEnv(task_id);
}

}  // namespace vagram
