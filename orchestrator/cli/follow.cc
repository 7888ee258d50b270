#include "orchestrator/cli/follow.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "orchestrator/cli/experiments_client.h"
#include "orchestrator/cli/format.h"

namespace vagram::cli {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(2);

// One watch, from the first message to the end of the stream.
absl::Status WatchOnce(const FollowOptions& options, Stop* interrupt,
                       const std::function<void(const v1::Experiment&)>& on_change) {
  ASSIGN_OR_RETURN(std::unique_ptr<ExperimentsClient> client,
                   ExperimentsClient::Connect(options.home, interrupt));
  return client->Watch(options.id, on_change);
}

}  // namespace

absl::StatusOr<v1::Experiment> FollowExperiment(const FollowOptions& options, Stop* interrupt) {
  v1::Experiment last;
  // Patience is counted from here and not from the last answer: a service has nothing to say of an
  // experiment that rests.
  std::optional<absl::Time> lost_at;
  absl::Duration pause = kFirstPause;
  while (true) {
    absl::Status status = WatchOnce(options, interrupt, [&](const v1::Experiment& experiment) {
      last = experiment;
      lost_at.reset();
      pause = kFirstPause;
      if (options.on_change) options.on_change(experiment);
    });
    if (HasEnded(last.state())) return last;
    RETURN_IF_ERROR(interrupt->Check());
    // The stream has lasted as long as one may: nothing is lost.
    if (absl::IsDeadlineExceeded(status)) continue;
    // A stream that ends early, however politely, is a service that goes down.
    if (status.ok()) status = absl::UnavailableError("the service ended the watch");
    if (!absl::IsUnavailable(status) && !absl::IsCancelled(status)) return status;
    if (!lost_at.has_value()) {
      lost_at = absl::Now();
      if (options.on_lost) options.on_lost(status);
    } else if (absl::Now() - *lost_at > options.patience) {
      return status;
    }
    if (interrupt->WaitFor(pause)) return interrupt->Check();
    pause = std::min(2 * pause, kLongestPause);
    if (options.before_retry) RETURN_IF_ERROR(options.before_retry());
  }
}

}  // namespace vagram::cli
