#include "core/replay/replay_buffer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"

namespace vagram {

ReplayBuffer::ReplayBuffer(int64_t capacity, int obs_dim, int act_dim)
    : capacity_(capacity), storage_(0, obs_dim, act_dim) {
  CHECK_GT(capacity, 0);
}

absl::Status ReplayBuffer::Append(const TransitionBatch& batch) {
  if (batch.obs_dim != obs_dim() || batch.act_dim != act_dim()) {
    return absl::InvalidArgumentError(
        absl::StrCat("transitions have obs_dim ", batch.obs_dim, " and act_dim ", batch.act_dim,
                     ", this replay holds obs_dim ", obs_dim(), " and act_dim ", act_dim(),
                     "; check that writer and replay run the same task"));
  }
  RETURN_IF_ERROR(batch.CheckColumns());

  const int64_t new_end = end_index_ + batch.size;
  const int64_t num_rows = std::min(capacity_, new_end - base_index_);
  if (num_rows > allocated_rows_) {
    allocated_rows_ = std::min(capacity_, std::max(num_rows, 2 * allocated_rows_));
    storage_.Reserve(allocated_rows_);
  }
  if (num_rows > storage_.size) storage_.Resize(num_rows);

  // Of a batch larger than the ring, only the last rows survive.
  int64_t index = std::max(end_index_, new_end - capacity_);
  while (index < new_end) {
    const int64_t run = std::min(new_end - index, capacity_ - Row(index));
    CopyRows(batch, index - end_index_, run, &storage_, Row(index));
    index += run;
  }
  end_index_ = new_end;
  begin_index_ = std::max(begin_index_, end_index_ - capacity_);
  return absl::OkStatus();
}

void ReplayBuffer::Restart(int64_t next_index) {
  base_index_ = begin_index_ = end_index_ = next_index;
  storage_.Resize(0);
}

absl::Status ReplayBuffer::Read(int64_t first_index, int64_t end_index,
                                TransitionBatch* out) const {
  if (first_index < begin_index_ || end_index > end_index_ || first_index > end_index) {
    return absl::OutOfRangeError(absl::StrCat(
        "asked for transitions [", first_index, ", ", end_index, "), this replay holds [",
        begin_index_, ", ", end_index_, ")",
        first_index < begin_index_ ? "; older ones were dropped: read on from the first held"
                                   : ""));
  }
  out->obs_dim = obs_dim();
  out->act_dim = act_dim();
  out->Resize(end_index - first_index);
  int64_t index = first_index;
  while (index < end_index) {
    const int64_t run = std::min(end_index - index, capacity_ - Row(index));
    CopyRows(storage_, Row(index), run, out, index - first_index);
    index += run;
  }
  return absl::OkStatus();
}

void ReplayBuffer::Gather(absl::Span<const int64_t> indices, int64_t first_row,
                          TransitionBatch* out) const {
  DCHECK_LE(first_row + static_cast<int64_t>(indices.size()), out->size);
  for (const int64_t index : indices) {
    DCHECK(begin_index_ <= index && index < end_index_) << index;
    CopyRows(storage_, Row(index), 1, out, first_row++);
  }
}

void ReplayBuffer::SampleIndices(Rng& rng, absl::Span<int64_t> indices) const {
  DCHECK_GT(size(), 0);
  for (int64_t& index : indices) index = begin_index_ + static_cast<int64_t>(rng.Below(size()));
}

}  // namespace vagram
