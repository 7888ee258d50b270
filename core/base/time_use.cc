#include "core/base/time_use.h"

#include <algorithm>

namespace vagram {

TimeUse::State TimeUse::Present() const {
  if (open_[kWorking] > open_[kStarved] + open_[kBlocked]) return kWorking;
  return open_[kBlocked] > 0 ? kBlocked : kStarved;
}

void TimeUse::AddElapsed() {
  const absl::Time now = clock_->Now();
  total_[Present()] += std::max(now - since_, absl::ZeroDuration());
  since_ = now;
}

void TimeUse::Count(State state, int change) {
  absl::MutexLock lock(&mu_);
  AddElapsed();
  open_[state] += change;
}

TimeUse::Totals TimeUse::Read() {
  absl::MutexLock lock(&mu_);
  AddElapsed();
  return {total_[kWorking], total_[kStarved], total_[kBlocked]};
}

TimeUse::Span::Span(TimeUse* time_use, State state) : time_use_(time_use), state_(state) {
  if (time_use_ != nullptr) time_use_->Count(state_, 1);
}

TimeUse::Span::~Span() {
  if (time_use_ != nullptr) time_use_->Count(state_, -1);
}

}  // namespace vagram
