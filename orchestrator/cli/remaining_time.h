#ifndef ORCHESTRATOR_CLI_REMAINING_TIME_H_
#define ORCHESTRATOR_CLI_REMAINING_TIME_H_

#include <string>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "proto/orchestrator.pb.h"

namespace vagram::cli {

// How long the whole experiment still takes, from what is known at `now`: running trials take as
// long as their learners say, queued ones as long as the mean of those that have ended and of those
// that run, one after the other in as many places as trials run in now. Paused trials do not count.
// Other experiments, restarts and slower tasks make it longer: an estimate, to be called one.
// Nothing: no trial runs, or nothing is known of how long one takes.
absl::optional<absl::Duration> EstimateRemainingTime(const v1::Experiment& experiment,
                                                     absl::Time now);

// "about 12m left"; "" for no estimate. No more digits than an estimate has.
std::string RemainingTimeText(const v1::Experiment& experiment, absl::Time now);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_REMAINING_TIME_H_
