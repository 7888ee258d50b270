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
  // `capacity` > 0.
  ReplayBuffer(int64_t capacity, int obs_dim, int act_dim);

  // Appends, dropping the oldest beyond the capacity.
  //   INVALID_ARGUMENT: column sizes do not fit; nothing is stored.
  absl::Status Append(const TransitionBatch& batch);

  // Drops everything; indices go on counting.
  void Clear() { Restart(end_index_); }

  // Drops everything; the next transition appended gets `next_index`. A checkpoint is restored by
  // Restart(its begin_index) and Append(its rows).
  void Restart(int64_t next_index);

  int64_t capacity() const { return capacity_; }
  int64_t size() const { return end_index_ - begin_index_; }
  int64_t begin_index() const { return begin_index_; }  // of the oldest transition held
  int64_t end_index() const { return end_index_; }      // one past the newest
  int obs_dim() const { return storage_.obs_dim; }
  int act_dim() const { return storage_.act_dim; }

  // Rows that memory is set aside for: at most twice what was ever held, never above the capacity.
  int64_t allocated_rows() const { return allocated_rows_; }

  // Copies rows [first_index, end_index) into `out`, in order.
  //   OUT_OF_RANGE: not (or no longer) held; `out` is unchanged.
  absl::Status Read(int64_t first_index, int64_t end_index, TransitionBatch* out) const;

  // Copies the transitions of `indices` into rows [first_row, first_row + indices.size()) of `out`,
  // which must be large enough. Every index must be held.
  void Gather(absl::Span<const int64_t> indices, int64_t first_row, TransitionBatch* out) const;

  // Fills `indices` uniformly with replacement from what is held (size() > 0).
  void SampleIndices(Rng& rng, absl::Span<int64_t> indices) const;

 private:
  int64_t Row(int64_t index) const { return (index - base_index_) % capacity_; }

  int64_t capacity_;
  int64_t base_index_ = 0;  // where the ring began after the last Restart
  int64_t begin_index_ = 0;
  int64_t end_index_ = 0;
  int64_t allocated_rows_ = 0;
  TransitionBatch storage_;  // a full ring, or the rows written since the last Restart
};

}  // namespace vagram

#endif  // CORE_REPLAY_REPLAY_BUFFER_H_
