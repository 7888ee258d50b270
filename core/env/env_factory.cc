#include "core/env/env_factory.h"

#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/env/distractors/distractor_env.h"
#include "core/env/registry.h"

namespace vagram {

absl::StatusOr<EnvFactory> EnvFactory::Create(const EnvSpec& spec) {
  Maker make = [id = spec.id] { return MakeEnv(id); };
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
