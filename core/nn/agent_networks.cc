#include "core/nn/agent_networks.h"

#include <utility>

namespace vagram {
namespace {

MlpShape Shape(const AgentNetworks& agent, int64_t networks, int64_t inputs, int64_t outputs) {
  MlpShape shape;
  shape.networks = networks;
  shape.sizes = agent.hidden_sizes;
  shape.sizes.insert(shape.sizes.begin(), inputs);
  shape.sizes.push_back(outputs);
  shape.activation = agent.activation;
  shape.layer_norm = agent.layer_norm;
  shape.unit_features = agent.unit_features;
  return shape;
}

}  // namespace

MlpShape ActorShape(const AgentNetworks& agent) {
  return Shape(agent, 1, agent.obs_dim, 2 * int64_t{agent.act_dim});
}

MlpShape CriticShape(const AgentNetworks& agent) {
  return Shape(agent, agent.critics, int64_t{agent.obs_dim} + agent.act_dim, 1);
}

MlpShape ActorShape(int obs_dim, int act_dim, std::vector<int64_t> hidden_sizes,
                    Activation activation) {
  AgentNetworks agent;
  agent.obs_dim = obs_dim;
  agent.act_dim = act_dim;
  agent.hidden_sizes = std::move(hidden_sizes);
  agent.activation = activation;
  return ActorShape(agent);
}

}  // namespace vagram
