#ifndef TESTS_FAULT_LONG_SWEEP_H_
#define TESTS_FAULT_LONG_SWEEP_H_

#include <cstdint>
#include <iosfwd>

#include "absl/status/statusor.h"

namespace vagram {

struct LongSweepOptions {
  int trials = 200;
  int kills = 5;      // of the orchestrator, spread over the sweep
  uint64_t seed = 0;  // of the moments
};

struct LongSweepReport {
  int trials = 0;
  int restarts = 0;  // attempts beyond the first, of all trials together
};

// A sweep of many short trials through the real processes, two at a time, while the orchestrator is
// killed (SIGKILL) and started again. Afterwards every trial must be there once, have succeeded,
// have each of its epochs once, in the store and in its metrics.csv, and have left no process.
//   DATA_LOSS: a trial is not accounted for; says which and why.
absl::StatusOr<LongSweepReport> RunLongSweep(const LongSweepOptions& options,
                                             std::ostream& progress);

}  // namespace vagram

#endif  // TESTS_FAULT_LONG_SWEEP_H_
