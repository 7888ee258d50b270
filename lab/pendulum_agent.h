#ifndef LAB_PENDULUM_AGENT_H_
#define LAB_PENDULUM_AGENT_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/stop.h"
#include "core/dynamics/value_functions.h"
#include "core/replay/transition_batch.h"
#include "learner/sac/sac.h"

namespace vagram::lab {

// A model-free SAC agent on Pendulum-v1, small enough to train within seconds.
struct PendulumAgent {
  SacOptions sac;
  std::vector<CriticSnapshot> snapshots;  // as training went on
  std::vector<double> returns;            // of the episodes of training, in order
  TransitionBatch transitions;            // all it has seen, in order
};

struct PendulumAgentOptions {
  int64_t steps = 10000;      // of the environment; the first two episodes take uniform actions
  int64_t num_snapshots = 1;  // at even distances after these two episodes, the last at the end
  uint64_t seed = 0;
};

// Trains one; a function of the options, bit for bit.
//   INVALID_ARGUMENT: fewer steps than the two episodes and the snapshots want.
//   CANCELLED: `stop` tripped.
absl::StatusOr<PendulumAgent> TrainPendulumAgent(const PendulumAgentOptions& options,
                                                 const Stop& stop);

// V_j(s) = Q_j(s, a_pi(s)) of the snapshot's critics (targets left aside), as networks of the
// given element type, float32 or float64. States are observations: cosine, sine, rate.
absl::StatusOr<StateValueFunctions> PendulumValueFunctions(const SacOptions& sac,
                                                           const CriticSnapshot& snapshot,
                                                           at::ScalarType type);

}  // namespace vagram::lab

#endif  // LAB_PENDULUM_AGENT_H_
