#ifndef CORE_BASE_TIME_USE_H_
#define CORE_BASE_TIME_USE_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/clock.h"

namespace vagram {

// What a process does with its time. At every moment it works, is starved (waits for what another
// makes) or is blocked (waits for another to take what it made); which of them follows from the
// spans that are open: it works while more spans of work are open than of waiting, is blocked
// otherwise if any such span is, and is starved else, also with no span at all. So a wait is
// opened inside the work that it interrupts, on the same thread. Thread-safe.
class TimeUse {
 public:
  enum State { kWorking, kStarved, kBlocked };

  struct Totals {
    absl::Duration working;
    absl::Duration starved;
    absl::Duration blocked;
  };

  explicit TimeUse(Clock* clock = Clock::Real()) : clock_(clock), since_(clock->Now()) {}

  // Since this was made. A clock that is set back takes nothing away.
  Totals Read();

  // Open as long as it lives.
  class Span {
   public:
    // Does nothing where `time_use` is null. Not owned; must outlive the span.
    Span(TimeUse* time_use, State state);
    ~Span();
    Span(const Span&) = delete;
    Span& operator=(const Span&) = delete;

   private:
    TimeUse* const time_use_;
    const State state_;
  };

 private:
  void Count(State state, int change);
  State Present() const ABSL_SHARED_LOCKS_REQUIRED(mu_);
  void AddElapsed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Clock* const clock_;
  absl::Mutex mu_;
  int open_[3] ABSL_GUARDED_BY(mu_) = {};  // spans, by state
  absl::Duration total_[3] ABSL_GUARDED_BY(mu_) = {};
  absl::Time since_ ABSL_GUARDED_BY(mu_);  // from then on the totals lack
};

}  // namespace vagram

#endif  // CORE_BASE_TIME_USE_H_
