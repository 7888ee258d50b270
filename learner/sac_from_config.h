#ifndef LEARNER_SAC_FROM_CONFIG_H_
#define LEARNER_SAC_FROM_CONFIG_H_

#include "absl/status/statusor.h"
#include "core/env/task.h"
#include "learner/sac/sac.h"
#include "proto/spec.pb.h"

namespace vagram {

// SAC's options from a resolved configuration and the task's sizes and bounds.
//   INVALID_ARGUMENT: names the field.
absl::StatusOr<SacOptions> SacOptionsFromConfig(const v1::TrialConfig& config, const Task& task);

}  // namespace vagram

#endif  // LEARNER_SAC_FROM_CONFIG_H_
