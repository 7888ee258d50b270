#include "core/config/agent_networks_from_config.h"

#include "core/base/status_macros.h"

namespace vagram {

absl::StatusOr<AgentNetworks> AgentNetworksFromConfig(const v1::TrialConfig& config,
                                                      const Task& task) {
  const v1::SacConfig& sac = config.sac();
  AgentNetworks agent;
  agent.obs_dim = task.obs_dim;
  agent.act_dim = task.act_dim;
  agent.hidden_sizes.assign(sac.hidden_sizes().begin(), sac.hidden_sizes().end());
  ASSIGN_OR_RETURN(agent.activation, ParseActivation(sac.activation()));
  agent.layer_norm = sac.layer_norm();
  agent.unit_features = sac.feature_normalization();
  // Policies of files that are older than the field have two.
  if (sac.critics() != 0) agent.critics = sac.critics();
  return agent;
}

}  // namespace vagram
