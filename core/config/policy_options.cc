#include "core/config/policy_options.h"

#include "core/base/status_macros.h"
#include "core/config/agent_networks_from_config.h"

namespace vagram {

absl::StatusOr<GaussianPolicy::Options> PolicyOptions(const v1::TrialConfig& config,
                                                      const Task& task) {
  GaussianPolicy::Options options;
  AgentNetworks& networks = options;
  ASSIGN_OR_RETURN(networks, AgentNetworksFromConfig(config, task));
  options.act_low = task.act_low;
  options.act_high = task.act_high;
  return options;
}

}  // namespace vagram
