#include "core/env/env_factory.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/env/distractors/distractor_env.h"
#include "core/env/mujoco_env.h"
#include "core/env/plugin/plugin_env.h"
#include "core/env/plugin/plugin_library.h"
#include "core/env/registry.h"
#include "core/env/user_task/user_task.h"

namespace vagram {
namespace {

using Maker = std::function<absl::StatusOr<std::unique_ptr<Env>>()>;

absl::StatusOr<Maker> PluginMaker(const EnvSpec& spec) {
  if (!spec.task_files.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("expected a task file or a plug-in, got ",
                                                   spec.task_files[0].path, " and ", spec.plugin,
                                                   "; remove one"));
  }
  ASSIGN_OR_RETURN(const PluginLibrary library, PluginLibrary::Load(spec.plugin));
  ASSIGN_OR_RETURN(const std::shared_ptr<const PluginTask> task, library.Find(spec.id));
  return Maker([task] { return PluginEnv::Create(task); });
}

absl::StatusOr<Maker> UserTaskMaker(const EnvSpec& spec) {
  if (!spec.id.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("expected a task's id or a task file, got ",
                                                   spec.id, " and ", spec.task_files[0].path,
                                                   "; remove one"));
  }
  ASSIGN_OR_RETURN(const UserTask user, MakeUserTask(spec.task_files));
  return Maker([user]() -> absl::StatusOr<std::unique_ptr<Env>> {
    return MujocoEnv::Create(user.task, user.model);
  });
}

// Makes copies of the task alone.
absl::StatusOr<Maker> TaskMaker(const EnvSpec& spec) {
  if (!spec.plugin.empty()) return PluginMaker(spec);
  if (!spec.task_files.empty()) return UserTaskMaker(spec);
  return Maker([id = spec.id] { return MakeEnv(id); });
}

}  // namespace

absl::StatusOr<EnvFactory> EnvFactory::Create(const EnvSpec& spec) {
  ASSIGN_OR_RETURN(Maker make, TaskMaker(spec));
  if (spec.distractors.has_value()) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const DistractorDynamics> dynamics,
                     DistractorDynamics::Create(*spec.distractors));
    make = [make = std::move(make), dynamics]() -> absl::StatusOr<std::unique_ptr<Env>> {
      ASSIGN_OR_RETURN(std::unique_ptr<Env> env, make());
      return std::make_unique<DistractorEnv>(std::move(env), dynamics);
    };
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Env> first, make());
  return EnvFactory(std::make_shared<const Task>(first->task()), std::move(make));
}

}  // namespace vagram
