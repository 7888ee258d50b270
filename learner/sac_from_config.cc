#include "learner/sac_from_config.h"

#include "core/base/status_macros.h"
#include "core/config/agent_networks_from_config.h"

namespace vagram {

absl::StatusOr<SacOptions> SacOptionsFromConfig(const v1::TrialConfig& config, const Task& task) {
  const v1::SacConfig& sac = config.sac();
  SacOptions options;
  AgentNetworks& networks = options;
  ASSIGN_OR_RETURN(networks, AgentNetworksFromConfig(config, task));
  options.act_low = task.act_low;
  options.act_high = task.act_high;
  options.dropout = sac.dropout();
  options.target_subset = sac.target_subset() != 0 ? sac.target_subset() : options.critics;
  options.discount = sac.discount();
  options.target_smoothing = sac.target_smoothing();
  options.actor_learning_rate = sac.actor_learning_rate();
  options.critic_learning_rate = sac.critic_learning_rate();
  options.temperature_learning_rate = sac.temperature_learning_rate();
  options.initial_temperature = sac.initial_temperature();
  options.learn_temperature = sac.learn_temperature();
  options.target_entropy = sac.has_target_entropy() ? sac.target_entropy() : -task.act_dim;
  options.batch_size = sac.batch_size();
  options.actor_update_every = sac.actor_update_every();
  options.target_update_every = sac.target_update_every();
  options.device = config.resources().device();
  return options;
}

}  // namespace vagram
