#ifndef TESTS_FAULT_STORM_H_
#define TESTS_FAULT_STORM_H_

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace vagram {

struct StormOptions {
  int kills = 25;  // of every kind of process, at least
  uint64_t seed = 0;
};

struct StormReport {
  std::map<std::string, int> kills;  // by role, the orchestrator and `told to end` included
  int trials = 0;                    // that were disturbed, each beside an undisturbed twin
  int attempts = 0;                  // of these trials together
};

// Real trials through the real processes, on Pendulum and Hopper, in lockstep and pipelined, with
// and without imagination, while one process after another is killed (SIGKILL), or told to end
// (SIGTERM), at random moments. Every trial must succeed,
// report each epoch once, and end with the checkpoint of its undisturbed twin, bit for bit. Goes on
// with trials of other seeds until every kind of process was killed often enough. `progress` is
// told of every round.
//   DATA_LOSS: a trial did not end as its twin; says which and where they differ.
//   Others: the service failed.
absl::StatusOr<StormReport> RunStorm(const StormOptions& options, std::ostream& progress);

}  // namespace vagram

#endif  // TESTS_FAULT_STORM_H_
