#ifndef CORE_BASE_CLOCK_H_
#define CORE_BASE_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace vagram {

// Where the time comes from, so that tests of leases and back-off need not wait. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() = 0;

  // The machine's clock; lives for ever.
  static Clock* Real();
};

inline Clock* Clock::Real() {
  class RealClock : public Clock {
   public:
    absl::Time Now() override { return absl::Now(); }
  };
  static RealClock* const clock = new RealClock;
  return clock;
}

}  // namespace vagram

#endif  // CORE_BASE_CLOCK_H_
