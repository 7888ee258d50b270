#ifndef CORE_ENV_USER_TASK_USER_TASK_H_
#define CORE_ENV_USER_TASK_USER_TASK_H_

#include <mujoco/mujoco.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/env/env_spec.h"
#include "core/env/mujoco_task.h"

namespace vagram {

// A task of a user's own, ready for MujocoEnv; any number of copies may share both.
struct UserTask {
  std::shared_ptr<const MujocoTask> task;
  std::shared_ptr<const mjModel> model;
};

// Makes the task of EnvSpec::task_files: compiles its model and gives the words of its YAML file
// their meaning in it. Thread-safe.
//   INVALID_ARGUMENT: every fault at once, by file, line and key.   INTERNAL: the engine or the
//   temporary folder failed.
absl::StatusOr<UserTask> MakeUserTask(absl::Span<const TaskFile> files);

}  // namespace vagram

#endif  // CORE_ENV_USER_TASK_USER_TASK_H_
