#ifndef CORE_WORKER_SESSION_H_
#define CORE_WORKER_SESSION_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/stop.h"
#include "core/base/time_use.h"
#include "core/rpc/channel.h"
#include "proto/orchestrator.grpc.pb.h"

namespace vagram {

// A worker's line to its orchestrator. Once registered, a thread gives signs of life, and trips
// the worker's Stop when the orchestrator says so, when a newer attempt has taken over, or when
// the orchestrator has not answered for the length of the lease: no worker outlives its trial.
// Until then an orchestrator that went away is tried again, so one restarted on the same address
// finds its workers alive. Every call ends when the Stop is tripped. Thread-safe.
//
// A worker that is told to end (`leave`) says so at once: the orchestrator answers that it is not
// wanted any more, which trips the Stop, or lets it put its work in order, for which it has the
// grace that came with its registration. A lost orchestrator trips `leave` too, where there is one.
//
//   ASSIGN_OR_RETURN(v1::TrialConfig config, session.Register(""));   // nothing served yet
//   ...                                                               // start a server
//   RETURN_IF_ERROR(session.Register(server->address()).status());    // now peers may find it
//   ASSIGN_OR_RETURN(std::string learner, session.Resolve(v1::LEARNER, 0));
class WorkerSession {
 public:
  struct Options {
    Endpoint orchestrator;
    std::string trial_id;
    int64_t attempt = 0;  // 1 for the first
    v1::Role role = v1::ROLE_UNSPECIFIED;
    int index = 0;          // among the workers of that role
    Stop* stop = nullptr;   // the worker's; not owned; must outlive the session
    Stop* leave = nullptr;  // tripped when the worker is told to end; as `stop`; null: it never is
    Clock* clock = Clock::Real();
  };

  // Makes no call yet.   INVALID_ARGUMENT: an option that cannot be.
  static absl::StatusOr<std::unique_ptr<WorkerSession>> Create(Options options);

  // Ends the signs of life.
  ~WorkerSession();

  // Makes the worker known and asks for its trial, for up to 30 s. The first success starts the
  // signs of life. To be repeated when the worker has an address to be reached at.
  //   ABORTED: a newer attempt has taken over.
  absl::StatusOr<v1::TrialConfig> Register(absl::string_view own_address);

  // The address of a peer of the same attempt; waits until it has registered one.
  absl::StatusOr<std::string> Resolve(v1::Role role, int index);

  // Where the worker's time goes: the worker opens the spans, signs of life carry the totals.
  // Starved until there is a span; the reports below are blocked time.
  TimeUse& time_use() { return time_use_; }

  // Returns once the orchestrator has stored the rows; asks again for up to the lease.
  absl::Status ReportMetrics(const std::vector<v1::MetricRow>& rows);

  // Returns once the orchestrator has stored the policy. Fills in the trial's id. Asks again for up
  // to the lease.
  absl::Status ReportPolicy(v1::PolicyFile policy, bool last);

  // The learner's last word. Asks again for up to the lease; only once when told to stop already.
  absl::Status Finish(const absl::Status& outcome);

  // Goes out with the next sign of life.
  void SetProgress(const v1::Progress& progress);

  // A peer's endpoint: within a trial all share one token.
  Endpoint EndpointOf(std::string address) const;

  // The trial's folder, once registered: checkpoints go there.
  std::string folder() const;

  const std::string& trial_id() const { return options_.trial_id; }
  int64_t attempt() const { return options_.attempt; }
  int index() const { return options_.index; }
  const std::string& token() const { return options_.orchestrator.token; }

  // Tripped when this process was told to end: what can be saved should be, soon.
  Stop& leave() const { return options_.leave != nullptr ? *options_.leave : never_; }

  // Whether the Stop was tripped because the orchestrator was out of reach.
  bool lost() const { return lost_; }
  // Whether it was tripped because the orchestrator has no use for this worker any more.
  bool dismissed() const { return dismissed_; }

 private:
  template <typename Request, typename Response>
  using Method = grpc::Status (v1::Workers::Stub::*)(grpc::ClientContext*, const Request&,
                                                     Response*);

  explicit WorkerSession(Options options);

  // One call, cancelled when `stop` is tripped. Trips the worker's Stop when answered ABORTED.
  template <typename Request, typename Response>
  absl::Status Call(Method<Request, Response> method, absl::Duration deadline, Stop* stop,
                    const Request& request, Response* response);

  absl::Duration lease() const;
  absl::Status SendHeartbeat(Stop* stop);
  void HeartbeatLoop();
  // Waits for the time of the next sign of life; false when there is to be none.
  bool AwaitHeartbeat();
  void Leave();

  const Options options_;
  const std::string host_;
  const std::unique_ptr<v1::Workers::Stub> stub_;
  TimeUse time_use_;
  std::atomic<bool> lost_{false};
  std::atomic<bool> dismissed_{false};
  mutable Stop never_;

  mutable absl::Mutex mu_;
  std::string address_ ABSL_GUARDED_BY(mu_);
  std::string folder_ ABSL_GUARDED_BY(mu_);
  v1::Progress progress_ ABSL_GUARDED_BY(mu_);
  bool has_progress_ ABSL_GUARDED_BY(mu_) = false;
  absl::Duration lease_ ABSL_GUARDED_BY(mu_);
  absl::Duration heartbeat_interval_ ABSL_GUARDED_BY(mu_);
  absl::Duration grace_ ABSL_GUARDED_BY(mu_);
  bool heartbeats_started_ ABSL_GUARDED_BY(mu_) = false;
  bool leaving_ ABSL_GUARDED_BY(mu_) = false;
  bool told_of_leaving_ ABSL_GUARDED_BY(mu_) = false;  // a heartbeat went out since
  bool closed_ ABSL_GUARDED_BY(mu_) = false;           // closing_ is tripped
  absl::Time leave_deadline_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();

  Stop closing_;  // tripped with the worker's Stop or by the destructor
  std::shared_ptr<void> on_closing_;
  std::shared_ptr<void> close_on_stop_;
  std::shared_ptr<void> on_leave_;
  std::thread heartbeats_;  // written under mu_ once, joined by the destructor
};

}  // namespace vagram

#endif  // CORE_WORKER_SESSION_H_
