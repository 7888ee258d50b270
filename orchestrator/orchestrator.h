#ifndef ORCHESTRATOR_ORCHESTRATOR_H_
#define ORCHESTRATOR_ORCHESTRATOR_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/clock.h"
#include "core/base/stop.h"
#include "core/rpc/server.h"
#include "orchestrator/dashboard/dashboard.h"
#include "orchestrator/experiments_service.h"
#include "orchestrator/launcher/launcher.h"
#include "orchestrator/monitoring/call_metrics.h"
#include "orchestrator/monitoring/service_metrics.h"
#include "orchestrator/scheduler.h"
#include "orchestrator/service_home.h"
#include "orchestrator/store/store.h"
#include "orchestrator/trial_results.h"
#include "orchestrator/video_queue.h"
#include "orchestrator/workers_service.h"

namespace vagram {

// The whole service on one home folder: store, scheduler with its thread, gRPC server, and the
// dashboard's web server. Once
// the Stop given to it is tripped it lets its workers save checkpoints and end, queues their trials
// for the next service, and stops serving; the destructor waits for that.
class Orchestrator {
 public:
  struct Options {
    std::string home;         // absolute
    int port = 0;             // 0: the one of the last time if it is free, so that workers which
                              // outlived that service find this one; else any
    int dashboard_port = -1;  // 0: as with `port`, for bookmarks; -1: no dashboard
    std::string bin_dir;      // absolute
    pid_t owner = 0;          // stop when this process is gone; 0: nobody's
    Scheduler::Options scheduler;  // budget, times; bin_dir and token_file are filled in here
  };

  // `launcher`, `clock` and `stop` are not owned and must outlive the orchestrator.
  // Errors say what to do; nothing runs then.
  static absl::StatusOr<std::unique_ptr<Orchestrator>> Start(const Options& options,
                                                             Launcher* launcher, Clock* clock,
                                                             Stop* stop);
  ~Orchestrator();

  const std::string& address() const { return server_->address(); }
  std::string dashboard_url() const;  // empty: there is no dashboard
  const std::string& token() const { return home_->token(); }

 private:
  explicit Orchestrator(Stop* stop) : stop_(stop) {}
  absl::Status StartServer(int port, int slots);
  absl::Status StartDashboard(int port, const v1::ServiceInfo& info);
  void Loop(pid_t owner, absl::Duration patience);

  Stop* const stop_;
  // In order of dependence: each uses those above it.
  std::unique_ptr<ServiceHome> home_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<TrialResults> results_;
  std::unique_ptr<VideoQueue> videos_;
  std::unique_ptr<Scheduler> scheduler_;
  CallMetrics calls_;
  std::unique_ptr<ServiceMetrics> metrics_;
  std::unique_ptr<ExperimentsService> experiments_;
  std::unique_ptr<WorkersService> workers_;
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<Dashboard> dashboard_;  // may be null
  std::shared_ptr<void> wake_on_stop_;
  std::thread loop_;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_ORCHESTRATOR_H_
