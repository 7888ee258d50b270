#ifndef LEARNER_SNAPSHOT_BOARD_H_
#define LEARNER_SNAPSHOT_BOARD_H_

#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/replay/replay_buffer.h"
#include "learner/sac/sac.h"
#include "proto/types.pb.h"

namespace vagram {

// What the training loop lets others read: the environment replay, the newest policy, and the
// critics that the running model training weighs its errors with. The loop writes, RPC handlers
// read; snapshots are immutable and shared. Thread-safe.
class SnapshotBoard {
 public:
  SnapshotBoard(int64_t replay_capacity, int obs_dim, int act_dim);

  absl::Status Append(const TransitionBatch& batch);

  // Drops the replay; the next transition appended gets `next_index`.
  void RestartReplay(int64_t next_index);

  int64_t replay_size() const;
  int64_t begin_index() const;
  int64_t end_index() const;

  // Fills rows [0, rows) of `out` with uniform draws from the replay, which must not be empty.
  void Sample(Rng& rng, int64_t rows, TransitionBatch* out) const;

  // OUT_OF_RANGE: not, or no longer, held.
  absl::Status Read(int64_t first_index, int64_t end_index, TransitionBatch* out) const;

  void PublishPolicy(v1::PolicySnapshot policy);
  std::shared_ptr<const v1::PolicySnapshot> policy() const;  // null before the first

  // Holds `critics` until the next call; their version names them in ValueGradients.
  void PinCritics(CriticSnapshot critics);

  //   FAILED_PRECONDITION: another version, or none, is pinned.
  absl::StatusOr<std::shared_ptr<const CriticSnapshot>> PinnedCritics(int64_t version) const;

 private:
  mutable absl::Mutex mu_;
  ReplayBuffer replay_ ABSL_GUARDED_BY(mu_);
  mutable std::vector<int64_t> indices_ ABSL_GUARDED_BY(mu_);  // scratch of Sample
  std::shared_ptr<const v1::PolicySnapshot> policy_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<const CriticSnapshot> critics_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vagram

#endif  // LEARNER_SNAPSHOT_BOARD_H_
