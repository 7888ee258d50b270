#ifndef ORCHESTRATOR_CLI_FOLLOW_H_
#define ORCHESTRATOR_CLI_FOLLOW_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/stop.h"
#include "proto/orchestrator.pb.h"

namespace vagram::cli {

// How to watch an experiment over the losses of its service.
struct FollowOptions {
  std::string home;
  std::string id;
  absl::Duration patience = absl::Seconds(60);  // from a loss to giving up

  // Called on the watching thread.
  std::function<void(const v1::Experiment&)> on_change;
  // Called once per loss, with what happened.
  std::function<void(const absl::Status&)> on_lost;
  // Called before every new try; an error ends the watch. May bring the service up again.
  std::function<absl::Status()> before_retry;
};

// Watches until the experiment has ended and returns its last state. A service that goes away is
// looked up and asked again, with back-off: a restarted one may have another address.
//   UNAVAILABLE: it was lost and not found again for longer than `patience`, and at a second try at
//   least.   NOT_FOUND.
//   CANCELLED: `interrupt` was tripped.
absl::StatusOr<v1::Experiment> FollowExperiment(const FollowOptions& options, Stop* interrupt);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_FOLLOW_H_
