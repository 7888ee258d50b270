#include "core/render/picture_model.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/env/env_spec.h"
#include "core/env/mujoco_env.h"
#include "core/env/mujoco_model.h"
#include "core/env/simulated_env.h"
#include "core/render/mjcf/mjcf.h"

namespace vagram {
namespace {

// The drawings of tasks that are not the engine's.
struct Drawing {
  absl::string_view task;
  absl::string_view model;
};
constexpr Drawing kDrawings[] = {{"Pendulum-v1", "pendulum"}, {"CartPoleContinuous", "cart_pole"}};

}  // namespace

absl::StatusOr<std::shared_ptr<const mjModel>> DisplayModel(absl::string_view name) {
  for (const MjcfFile& file : DisplayMjcfFiles()) {
    if (file.name != name) continue;
    const TaskFile text = {absl::StrCat(name, ".xml"), std::string(file.xml)};
    return CompileModel({text}, text.path);
  }
  return absl::NotFoundError(absl::StrCat("no model '", name, "' in core/render/mjcf"));
}

absl::StatusOr<std::shared_ptr<const mjModel>> PictureModel(const Env& env) {
  const SimulatedEnv* const simulation = env.Simulation();
  if (const auto* mujoco = dynamic_cast<const MujocoEnv*>(simulation)) return mujoco->model();
  if (simulation != nullptr) {
    for (const Drawing& drawing : kDrawings) {
      if (drawing.task == simulation->task().id) return DisplayModel(drawing.model);
    }
  }
  return absl::FailedPreconditionError(
      absl::StrCat("the task ", env.task().id,
                   " has no picture: only tasks on the MuJoCo engine, Pendulum-v1 and "
                   "CartPoleContinuous can be shown"));
}

}  // namespace vagram
