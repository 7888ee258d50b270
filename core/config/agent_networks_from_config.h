#ifndef CORE_CONFIG_AGENT_NETWORKS_FROM_CONFIG_H_
#define CORE_CONFIG_AGENT_NETWORKS_FROM_CONFIG_H_

#include "absl/status/statusor.h"
#include "core/env/task.h"
#include "core/nn/agent_networks.h"
#include "proto/spec.pb.h"

namespace vagram {

// The agent's networks that a trial's configuration and task ask for: the one place that learner,
// actors, model server and renderer have them from.
//   INVALID_ARGUMENT: names the field.
absl::StatusOr<AgentNetworks> AgentNetworksFromConfig(const v1::TrialConfig& config,
                                                      const Task& task);

}  // namespace vagram

#endif  // CORE_CONFIG_AGENT_NETWORKS_FROM_CONFIG_H_
