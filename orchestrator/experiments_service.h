#ifndef ORCHESTRATOR_EXPERIMENTS_SERVICE_H_
#define ORCHESTRATOR_EXPERIMENTS_SERVICE_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "core/base/stop.h"
#include "orchestrator/catalog.h"
#include "orchestrator/scheduler.h"
#include "orchestrator/store/store.h"
#include "orchestrator/store/trial_id.h"
#include "orchestrator/trial_results.h"
#include "orchestrator/video_queue.h"
#include "proto/orchestrator.grpc.pb.h"

namespace vagram {

// The Experiments service over catalog and scheduler. Its streams end when `stop` is tripped, and
// are bounded in number, so that watchers never take the threads that workers need. Thread-safe.
class ExperimentsService : public v1::Experiments::Service {
 public:
  static constexpr int kMaxStreams = 32;

  // Not owned; must outlive the service.
  struct Deps {
    Store* store = nullptr;
    Scheduler* scheduler = nullptr;
    const TrialResults* results = nullptr;
    const VideoQueue* videos = nullptr;
    const Stop* stop = nullptr;
  };

  ExperimentsService(const Deps& deps, const v1::ServiceInfo& info)
      : deps_(deps), catalog_(deps.store, deps.scheduler, deps.results), info_(info) {}

  grpc::Status Submit(grpc::ServerContext* context, const v1::SubmitRequest* request,
                      v1::SubmitResponse* response) override;
  grpc::Status ListExperiments(grpc::ServerContext* context,
                               const v1::ListExperimentsRequest* request,
                               v1::ListExperimentsResponse* response) override;
  grpc::Status GetExperiment(grpc::ServerContext* context, const v1::GetExperimentRequest* request,
                             v1::Experiment* response) override;
  grpc::Status WatchExperiment(grpc::ServerContext* context,
                               const v1::GetExperimentRequest* request,
                               grpc::ServerWriter<v1::Experiment>* writer) override;
  grpc::Status Cancel(grpc::ServerContext* context, const v1::CancelRequest* request,
                      v1::Experiment* response) override;
  grpc::Status Pause(grpc::ServerContext* context, const v1::PauseRequest* request,
                     v1::Experiment* response) override;
  grpc::Status Resume(grpc::ServerContext* context, const v1::ResumeRequest* request,
                      v1::Experiment* response) override;
  grpc::Status Preempt(grpc::ServerContext* context, const v1::PreemptRequest* request,
                       v1::Experiment* response) override;
  grpc::Status GetMetrics(grpc::ServerContext* context, const v1::GetMetricsRequest* request,
                          v1::GetMetricsResponse* response) override;
  grpc::Status GetLogs(grpc::ServerContext* context, const v1::GetLogsRequest* request,
                       grpc::ServerWriter<v1::LogChunk>* writer) override;
  grpc::Status GetServiceInfo(grpc::ServerContext* context,
                              const v1::GetServiceInfoRequest* request,
                              v1::ServiceInfo* response) override;

 private:
  absl::Status Watch(const std::string& id, grpc::ServerContext* context,
                     grpc::ServerWriter<v1::Experiment>* writer);
  absl::Status SendLogs(const v1::GetLogsRequest& request, grpc::ServerContext* context,
                        grpc::ServerWriter<v1::LogChunk>* writer);
  // Has the scheduler do something with the experiment or trial, and answers what became of it.
  template <typename Request>
  grpc::Status Steer(absl::Status (Scheduler::*method)(const ExperimentOrTrial&),
                     const Request& request, v1::Experiment* response);
  // Counts one more stream.   RESOURCE_EXHAUSTED: there are enough.
  absl::Status TakeStream();
  void ReleaseStream();

  const Deps deps_;
  const Catalog catalog_;
  const v1::ServiceInfo info_;
  absl::Mutex mu_;
  int streams_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_EXPERIMENTS_SERVICE_H_
