#include "learner/snapshot_board.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace vagram {

SnapshotBoard::SnapshotBoard(int64_t replay_capacity, int obs_dim, int act_dim)
    : replay_(replay_capacity, obs_dim, act_dim) {}

absl::Status SnapshotBoard::Append(const TransitionBatch& batch) {
  absl::MutexLock lock(&mu_);
  return replay_.Append(batch);
}

void SnapshotBoard::RestartReplay(int64_t next_index) {
  absl::MutexLock lock(&mu_);
  replay_.Restart(next_index);
}

int64_t SnapshotBoard::begin_index() const {
  absl::MutexLock lock(&mu_);
  return replay_.begin_index();
}

int64_t SnapshotBoard::replay_size() const {
  absl::MutexLock lock(&mu_);
  return replay_.size();
}

int64_t SnapshotBoard::end_index() const {
  absl::MutexLock lock(&mu_);
  return replay_.end_index();
}

void SnapshotBoard::Sample(Rng& rng, int64_t rows, TransitionBatch* out) const {
  absl::MutexLock lock(&mu_);
  indices_.resize(rows);
  replay_.SampleIndices(rng, absl::MakeSpan(indices_));
  replay_.Gather(indices_, 0, out);
}

absl::Status SnapshotBoard::Read(int64_t first_index, int64_t end_index,
                                 TransitionBatch* out) const {
  absl::MutexLock lock(&mu_);
  return replay_.Read(first_index, end_index, out);
}

void SnapshotBoard::PublishPolicy(v1::PolicySnapshot policy) {
  auto snapshot = std::make_shared<const v1::PolicySnapshot>(std::move(policy));
  absl::MutexLock lock(&mu_);
  policy_ = std::move(snapshot);
}

std::shared_ptr<const v1::PolicySnapshot> SnapshotBoard::policy() const {
  absl::MutexLock lock(&mu_);
  return policy_;
}

void SnapshotBoard::PinCritics(CriticSnapshot critics) {
  auto snapshot = std::make_shared<const CriticSnapshot>(std::move(critics));
  absl::MutexLock lock(&mu_);
  critics_ = std::move(snapshot);
}

absl::StatusOr<std::shared_ptr<const CriticSnapshot>> SnapshotBoard::PinnedCritics(
    int64_t version) const {
  absl::MutexLock lock(&mu_);
  if (critics_ == nullptr || critics_->version != version) {
    return absl::FailedPreconditionError(
        absl::StrCat("critics of version ", version, " are not pinned, ",
                     critics_ == nullptr ? "none are" : absl::StrCat(critics_->version, " is"),
                     "; ask for the version that Train named"));
  }
  return critics_;
}

}  // namespace vagram
