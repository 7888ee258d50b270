#ifndef CORE_ENV_REGISTRY_H_
#define CORE_ENV_REGISTRY_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/env/simulated_env.h"

namespace vagram {

// As MakeEnv (core/env/env.h), for those who set and read states: the golden check and tests.
//   NOT_FOUND: names the nearest task.
absl::StatusOr<std::unique_ptr<SimulatedEnv>> MakeSimulatedEnv(absl::string_view task_id);

}  // namespace vagram

#endif  // CORE_ENV_REGISTRY_H_
