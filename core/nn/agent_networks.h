#ifndef CORE_NN_AGENT_NETWORKS_H_
#define CORE_NN_AGENT_NETWORKS_H_

#include <cstdint>
#include <vector>

#include "core/nn/mlp.h"

namespace vagram {

// What shapes the networks of an actor-critic agent, the same in every role: whoever holds their
// flat parameters and this can run them.
struct AgentNetworks {
  int obs_dim = 0;
  int act_dim = 0;
  std::vector<int64_t> hidden_sizes;
  Activation activation = Activation::kRelu;
  bool layer_norm = false;     // before every hidden activation
  bool unit_features = false;  // last hidden features of length 1
  int critics = 2;
};

MlpShape ActorShape(const AgentNetworks& agent);   // state to means, then raw log deviations
MlpShape CriticShape(const AgentNetworks& agent);  // `critics` networks: (state, action) to a value

// Of an actor without normalization.
MlpShape ActorShape(int obs_dim, int act_dim, std::vector<int64_t> hidden_sizes,
                    Activation activation);

}  // namespace vagram

#endif  // CORE_NN_AGENT_NETWORKS_H_
