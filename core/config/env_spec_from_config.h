#ifndef CORE_CONFIG_ENV_SPEC_FROM_CONFIG_H_
#define CORE_CONFIG_ENV_SPEC_FROM_CONFIG_H_

#include "core/env/env_spec.h"
#include "proto/spec.pb.h"

namespace vagram {

// The environment that a trial's configuration asks for, the same in every role: its training and
// its evaluation see the same distractors.
EnvSpec EnvSpecFromConfig(const v1::TrialConfig& config);

}  // namespace vagram

#endif  // CORE_CONFIG_ENV_SPEC_FROM_CONFIG_H_
