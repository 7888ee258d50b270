#ifndef CORE_ENV_MUJOCO_MODEL_H_
#define CORE_ENV_MUJOCO_MODEL_H_

#include <mujoco/mujoco.h>

#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/env/env_spec.h"

namespace vagram {

// The compiled model of core/env/mjcf/<name>.xml: made once per process, never changed and never
// freed, so that any number of threads may share it. Thread-safe.
//   NOT_FOUND: no such file.   INTERNAL: the engine's compiler refused it.
absl::StatusOr<const mjModel*> SharedModel(absl::string_view name);

// Compiles the model at `path` among `files`, which hold all that it includes and refers to; the
// caller has made sure that it names nothing else. Thread-safe.
//   INVALID_ARGUMENT: the engine's compiler refused it; the message is the engine's.   INTERNAL:
//   the temporary folder that the engine reads from could not be made.
absl::StatusOr<std::shared_ptr<const mjModel>> CompileModel(absl::Span<const TaskFile> files,
                                                            absl::string_view path);

// Runs `call`. An engine error, which would end the process by the engine's own handler, becomes
// INTERNAL with the engine's words instead; warnings are logged. `call` may only call the engine's
// C functions: on an error it is left by longjmp and no destructor runs. Thread-safe.
absl::Status CatchEngineError(absl::FunctionRef<void()> call);

}  // namespace vagram

#endif  // CORE_ENV_MUJOCO_MODEL_H_
