#ifndef CORE_RENDER_PICTURE_MODEL_H_
#define CORE_RENDER_PICTURE_MODEL_H_

#include <mujoco/mujoco.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/env/env.h"

namespace vagram {

// The model that shows `env`: put env.Simulation()'s qpos into it. A task on the engine has its
// own; others have a drawing in mjcf/.
//   FAILED_PRECONDITION: the task has no picture, as a plug-in's.
absl::StatusOr<std::shared_ptr<const mjModel>> PictureModel(const Env& env);

// The compiled model of mjcf/<name>.xml.
//   NOT_FOUND: no such file.   INVALID_ARGUMENT: it does not compile.
absl::StatusOr<std::shared_ptr<const mjModel>> DisplayModel(absl::string_view name);

}  // namespace vagram

#endif  // CORE_RENDER_PICTURE_MODEL_H_
