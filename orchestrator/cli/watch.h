#ifndef ORCHESTRATOR_CLI_WATCH_H_
#define ORCHESTRATOR_CLI_WATCH_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orchestrator/cli/console.h"
#include "proto/orchestrator.pb.h"

namespace vagram::cli {

// Follows an experiment to its end (see FollowExperiment) and shows its progress on console.err.
// One that is paused has not ended: that is said, and its going on is waited for.
// `before_retry` may be empty.
absl::StatusOr<v1::Experiment> WatchToTheEnd(const std::string& home, const std::string& id,
                                             std::function<absl::Status()> before_retry,
                                             Console& console);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_WATCH_H_
