#include "actor/trained_actor.h"

#include "core/base/status_macros.h"
#include "core/config/policy_options.h"
#include "core/nn/array_codec.h"
#include "core/wire/policy_file.h"

namespace vagram {

absl::StatusOr<TrainedActor> ReadActor(const v1::PolicyFile& file, const Task& task) {
  RETURN_IF_ERROR(CheckPolicyFits(file, task));
  TrainedActor actor;
  ASSIGN_OR_RETURN(actor.options, PolicyOptions(file.config(), task));
  actor.options.act_dim = static_cast<int>(actor.options.act_low.size());
  ASSIGN_OR_RETURN(actor.parameters, TensorFromArray(file.policy().actor().values(), v1::FLOAT32,
                                                     {-1}, "the policy's parameters"));
  return actor;
}

}  // namespace vagram
