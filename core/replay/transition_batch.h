#ifndef CORE_REPLAY_TRANSITION_BATCH_H_
#define CORE_REPLAY_TRANSITION_BATCH_H_

#include <cstdint>
#include <vector>

namespace vagram {

// Transitions as columns, row-major float32. `terminated` is the task's own end, `truncated` a time
// limit; only the former ends the bootstrap.
struct TransitionBatch {
  int64_t size = 0;
  int obs_dim = 0;
  int act_dim = 0;
  std::vector<float> observation;       // [size, obs_dim]
  std::vector<float> action;            // [size, act_dim]
  std::vector<float> reward;            // [size]
  std::vector<float> next_observation;  // [size, obs_dim]
  std::vector<uint8_t> terminated;      // [size]
  std::vector<uint8_t> truncated;       // [size]

  TransitionBatch() = default;
  TransitionBatch(int64_t size, int obs_dim, int act_dim);  // zeros

  void Resize(int64_t new_size);
};

}  // namespace vagram

#endif  // CORE_REPLAY_TRANSITION_BATCH_H_
