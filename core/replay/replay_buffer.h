#ifndef CORE_REPLAY_REPLAY_BUFFER_H_
#define CORE_REPLAY_REPLAY_BUFFER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/replay/transition_batch.h"

namespace vagram {

// A ring of the newest `capacity` transitions in columns. Every transition has an index that never
// changes: the count of transitions appended before it. Memory grows with what is stored, up to
// the capacity. Not thread-safe.
class ReplayBuffer {
 public:
  ReplayBuffer(int64_t capacity, int obs_dim, int act_dim);

  // Appends, dropping the oldest beyond the capacity.
  //   INVALID_ARGUMENT: column sizes do not fit; nothing is stored.
  absl::Status Append(const TransitionBatch& batch);

  // Drops everything; indices go on counting.
  void Clear();

  int64_t capacity() const { return capacity_; }
  int64_t size() const { return end_index_ - begin_index_; }
  int64_t begin_index() const { return begin_index_; }  // of the oldest transition held
  int64_t end_index() const { return end_index_; }      // one past the newest
  int obs_dim() const { return storage_.obs_dim; }
  int act_dim() const { return storage_.act_dim; }

  // Copies rows [first_index, end_index) into `out`, in order.   OUT_OF_RANGE: not (or no longer) held.
  absl::Status Read(int64_t first_index, int64_t end_index, TransitionBatch* out) const;

  // Copies the transitions of `indices` into rows [first_row, first_row + indices.size()) of `out`,
  // which must be large enough. Every index must be held.
  void Gather(absl::Span<const int64_t> indices, int64_t first_row, TransitionBatch* out) const;

  // Fills `indices` uniformly with replacement from what is held (size() > 0).
  void SampleIndices(Rng& rng, absl::Span<int64_t> indices) const;

 private:
  int64_t capacity_;
  int64_t begin_index_ = 0;
  int64_t end_index_ = 0;
  TransitionBatch storage_;  // row of index i: i % capacity
};

}  // namespace vagram

#endif  // CORE_REPLAY_REPLAY_BUFFER_H_
