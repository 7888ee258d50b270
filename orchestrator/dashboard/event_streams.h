#ifndef ORCHESTRATOR_DASHBOARD_EVENT_STREAMS_H_
#define ORCHESTRATOR_DASHBOARD_EVENT_STREAMS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "orchestrator/dashboard/dashboard_api.h"
#include "orchestrator/store/trial_id.h"

namespace vagram {

// Server-sent events: what a page shows, kept up to date by the scheduler's changes. A stream holds
// a thread for as long as it lasts, so their number is bounded; each ends when its client is gone
// or the service stops. Thread-safe.
class EventStreams {
 public:
  static constexpr int kMaxStreams = 20;
  static constexpr int64_t kMaxTailLines = 5000;

  // Where a stream's text goes; both answer false once the client is gone.
  struct Sink {
    std::function<bool(const std::string& text)> write;
    std::function<bool()> is_writable;
  };
  // Writes what there is to say now, then waits for more, at most a second or so. False at the end.
  using Stream = std::function<bool(const Sink& sink)>;

  // Not owned; must outlive the streams.
  explicit EventStreams(DashboardApi* api) : api_(api) {}

  // `experiment` events: the experiment with all its trials, then with those that have changed.
  //   NOT_FOUND.   RESOURCE_EXHAUSTED: there are enough streams.   UNAVAILABLE: the service stops.
  absl::StatusOr<Stream> OfExperiment(int64_t experiment);
  // `log` events: LogChunks of the trial's last `tail_lines` lines of each log, and what follows.
  absl::StatusOr<Stream> OfLogs(const TrialId& trial, int64_t tail_lines);

 private:
  // A place among the streams, given back by the last copy.
  absl::StatusOr<std::shared_ptr<void>> TakePlace();

  DashboardApi* const api_;
  absl::Mutex mu_;
  int places_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_DASHBOARD_EVENT_STREAMS_H_
