#ifndef ACTOR_SCRIPTED_POLICY_H_
#define ACTOR_SCRIPTED_POLICY_H_

#include <string>

#include "absl/status/statusor.h"
#include "core/env/task.h"
#include "proto/policy.pb.h"

namespace vagram {

// A policy as a TorchScript module, which any program with LibTorch or PyTorch can act with
// (docs/policies.md):
//   forward(observation) -> action        the mean, as in an evaluation
//   sample(observation) -> action         a draw, as in training; torch's generator gives the noise
// observation: [..., obs_dim] in the task's own units, of any floating type; action: [..., act_dim]
// float32 in the task's own range: the squashing is inside. Attributes: env_id, obs_dim, act_dim,
// trial_id, step.

// The module's serialized form.
//   FAILED_PRECONDITION: trained on another task.   INVALID_ARGUMENT: its parameters do not fit
//   the network that its configuration describes.
absl::StatusOr<std::string> ScriptPolicy(const v1::PolicyFile& file, const Task& task);

// How far the actions of a serialized module are from those of the policy that it is to be, as a
// share of the range of each action: the largest over 4,096 states, normal with deviations from 0.1
// to 10.
//   DATA_LOSS: it is no TorchScript module.   Else as ScriptPolicy.
absl::StatusOr<double> ScriptedPolicyError(const std::string& module, const v1::PolicyFile& file,
                                           const Task& task);

}  // namespace vagram

#endif  // ACTOR_SCRIPTED_POLICY_H_
