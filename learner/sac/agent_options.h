#ifndef LEARNER_SAC_AGENT_OPTIONS_H_
#define LEARNER_SAC_AGENT_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/nn/agent_networks.h"
#include "core/nn/mlp.h"

namespace vagram {

struct SacOptions : AgentNetworks {
  std::vector<double> act_low;   // [act_dim]
  std::vector<double> act_high;  // [act_dim]
  double dropout = 0;            // of the critics and their targets in every loss
  int target_subset = 2;         // critics whose minimum makes the target, drawn for every update
  double discount = 0.99;
  double target_smoothing = 0.005;
  double actor_learning_rate = 3e-4;
  double critic_learning_rate = 3e-4;
  double temperature_learning_rate = 3e-4;
  double initial_temperature = 1;
  bool learn_temperature = true;
  double target_entropy = 0;
  int batch_size = 256;
  int actor_update_every = 1;
  int target_update_every = 1;
  std::string device = "cpu";
};

// INVALID_ARGUMENT: names the first option that is out of its range. Bounds of the actions and the
// device are checked where they are used.
absl::Status CheckSacOptions(const SacOptions& options);

MlpShape SacActorShape(const SacOptions& options);   // state to means and raw log deviations
MlpShape SacCriticShape(const SacOptions& options);  // `critics` networks: state, action to value

}  // namespace vagram

#endif  // LEARNER_SAC_AGENT_OPTIONS_H_
