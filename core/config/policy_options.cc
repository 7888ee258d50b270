#include "core/config/policy_options.h"

#include "core/base/status_macros.h"

namespace vagram {

absl::StatusOr<GaussianPolicy::Options> PolicyOptions(const v1::TrialConfig& config,
                                                      const Task& task) {
  GaussianPolicy::Options options;
  options.obs_dim = task.obs_dim;
  options.act_low = task.act_low;
  options.act_high = task.act_high;
  options.hidden_sizes.assign(config.sac().hidden_sizes().begin(),
                              config.sac().hidden_sizes().end());
  ASSIGN_OR_RETURN(options.activation, ParseActivation(config.sac().activation()));
  return options;
}

}  // namespace vagram
