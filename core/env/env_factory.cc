#include "core/env/env_factory.h"

#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/env/registry.h"

namespace vagram {

absl::StatusOr<EnvFactory> EnvFactory::Create(const EnvSpec& spec) {
  Maker make = [id = spec.id] { return MakeEnv(id); };
  ASSIGN_OR_RETURN(const std::unique_ptr<Env> first, make());
  return EnvFactory(std::make_shared<const Task>(first->task()), std::move(make));
}

}  // namespace vagram
