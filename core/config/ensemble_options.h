#ifndef CORE_CONFIG_ENSEMBLE_OPTIONS_H_
#define CORE_CONFIG_ENSEMBLE_OPTIONS_H_

#include "absl/status/statusor.h"
#include "core/dynamics/ensemble.h"
#include "core/env/task.h"
#include "proto/spec.pb.h"

namespace vagram {

// The ensemble that a trial's configuration and task ask for, the same in every role.
//   INVALID_ARGUMENT, NOT_FOUND: names the field.
absl::StatusOr<Ensemble::Options> EnsembleOptions(const v1::ModelConfig& model, const Task& task);

}  // namespace vagram

#endif  // CORE_CONFIG_ENSEMBLE_OPTIONS_H_
