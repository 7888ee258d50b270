#ifndef CORE_REPLAY_TRANSITION_BATCH_H_
#define CORE_REPLAY_TRANSITION_BATCH_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"

namespace vagram {

// Transitions as columns, row-major float32. `terminated` is the task's own end, `truncated` a time
// limit, and one step can be both; `terminated` alone ends the bootstrap.
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

  // Keeps the first rows; new ones are zeros.
  void Resize(int64_t new_size);

  // Makes room for `num_rows` rows without moving the columns again.
  void Reserve(int64_t num_rows);

  // Whether every column has `size` rows.   INVALID_ARGUMENT: names the column that has not.
  absl::Status CheckColumns() const;
};

// Copies `num_rows` rows from row `from_row` of `from` to row `to_row` of `to`. Both must have the
// same dimensions and hold these rows; they may not be the same batch.
void CopyRows(const TransitionBatch& from, int64_t from_row, int64_t num_rows, TransitionBatch* to,
              int64_t to_row);

}  // namespace vagram

#endif  // CORE_REPLAY_TRANSITION_BATCH_H_
