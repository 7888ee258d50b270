#ifndef CORE_CONFIG_POLICY_OPTIONS_H_
#define CORE_CONFIG_POLICY_OPTIONS_H_

#include "absl/status/statusor.h"
#include "core/env/task.h"
#include "core/nn/gaussian_policy.h"
#include "proto/spec.pb.h"

namespace vagram {

// The policy that a trial's configuration and task ask for, the same in every role.
//   INVALID_ARGUMENT: names the field.
absl::StatusOr<GaussianPolicy::Options> PolicyOptions(const v1::TrialConfig& config,
                                                      const Task& task);

}  // namespace vagram

#endif  // CORE_CONFIG_POLICY_OPTIONS_H_
