#ifndef LEARNER_TRANSITION_SOURCE_H_
#define LEARNER_TRANSITION_SOURCE_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/replay/transition_batch.h"

namespace vagram {

// The networks of one pinned snapshot, float32, flat as StackedMlp lays them out.
struct CriticNetworks {
  int64_t version = 0;
  at::Tensor actor;                 // one network: state to means and raw log deviations
  std::vector<at::Tensor> critics;  // stacks of sac.critics networks: state, action to value
  double temperature = 0;           // alpha
};

// Of which value functions, at which action; see v1::ValueGradientsRequest.
struct ValueGradientOptions {
  std::string value_functions;  // all | critics | targets
  std::string value_action;     // mean, also when empty, or sample
  uint64_t action_seed = 0;     // of samples
  bool through_policy = false;
};

// Where a model's training gets its data: the learner's replay, the value gradients of its critics
// and the critics themselves. The learner's client implements it over RPC, fakes in tests.
class TransitionSource {
 public:
  virtual ~TransitionSource() = default;

  // Hands transitions [first_index, end_index) to `append` in order, chunk by chunk.
  virtual absl::Status ReadTransitions(
      int64_t first_index, int64_t end_index,
      const std::function<absl::Status(const TransitionBatch&)>& append) = 0;

  // Raw dV_j/ds at the next states of [first_index, end_index): [value_functions, rows, obs_dim].
  virtual absl::StatusOr<at::Tensor> ValueGradients(int64_t first_index, int64_t end_index,
                                                    int64_t critic_version,
                                                    const ValueGradientOptions& options) = 0;

  // The networks that these gradients are taken of.
  virtual absl::StatusOr<CriticNetworks> GetCritics(int64_t critic_version,
                                                    const std::string& value_functions) = 0;
};

}  // namespace vagram

#endif  // LEARNER_TRANSITION_SOURCE_H_
