#ifndef ORCHESTRATOR_CLI_FAKE_EXPERIMENTS_H_
#define ORCHESTRATOR_CLI_FAKE_EXPERIMENTS_H_

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "core/rpc/server.h"
#include "proto/orchestrator.grpc.pb.h"

namespace vagram::cli {

// A service in this process with the record and token that a real one leaves in its home folder;
// it answers from what the test puts into it. Thread-safe.
class FakeExperiments final : public v1::Experiments::Service {
 public:
  explicit FakeExperiments(std::string home);
  ~FakeExperiments() override;

  // Serves on a new port and writes HOME/service.json and HOME/token.
  void Start();

  // Goes away without removing its record, as after kill -9.
  void Stop();

  // What Get, List, Watch, Cancel and the like know. Get also finds one trial by its id.
  void Put(const v1::Experiment& experiment);

  // The messages of the following watches, one list per watch; after a list the stream ends with
  // OK when its last experiment has ended, else with `end`. Without any: the experiment as it is,
  // then UNAVAILABLE.
  void AddWatch(std::vector<v1::Experiment> messages,
                absl::Status end = absl::UnavailableError("the service stops"));

  // What GetMetrics answers of one trial, `page` rows at a time.
  void PutMetrics(const std::string& trial_id, std::vector<v1::MetricRow> rows, int page = 1000);

  // What GetLogs sends, after the calls that AddLogs speaks of: each of these sends one list and
  // ends with its status.
  void SetLogs(std::vector<v1::LogChunk> chunks);
  void AddLogs(std::vector<v1::LogChunk> chunks, absl::Status end);

  void SetInfo(const v1::ServiceInfo& info);

  std::vector<v1::SubmitRequest> submissions() const;
  std::vector<std::string> cancelled() const;
  // What Pause, Resume and Preempt were asked for, such as "pause 1".
  std::vector<std::string> steered() const;
  std::vector<v1::GetLogsRequest> log_requests() const;
  int watches() const;

  grpc::Status Submit(grpc::ServerContext*, const v1::SubmitRequest*, v1::SubmitResponse*) override;
  grpc::Status ListExperiments(grpc::ServerContext*, const v1::ListExperimentsRequest*,
                               v1::ListExperimentsResponse*) override;
  grpc::Status GetExperiment(grpc::ServerContext*, const v1::GetExperimentRequest*,
                             v1::Experiment*) override;
  grpc::Status WatchExperiment(grpc::ServerContext*, const v1::GetExperimentRequest*,
                               grpc::ServerWriter<v1::Experiment>*) override;
  grpc::Status Cancel(grpc::ServerContext*, const v1::CancelRequest*, v1::Experiment*) override;
  grpc::Status Pause(grpc::ServerContext*, const v1::PauseRequest*, v1::Experiment*) override;
  grpc::Status Resume(grpc::ServerContext*, const v1::ResumeRequest*, v1::Experiment*) override;
  grpc::Status Preempt(grpc::ServerContext*, const v1::PreemptRequest*, v1::Experiment*) override;
  grpc::Status GetMetrics(grpc::ServerContext*, const v1::GetMetricsRequest*,
                          v1::GetMetricsResponse*) override;
  grpc::Status GetLogs(grpc::ServerContext*, const v1::GetLogsRequest*,
                       grpc::ServerWriter<v1::LogChunk>*) override;
  grpc::Status GetServiceInfo(grpc::ServerContext*, const v1::GetServiceInfoRequest*,
                              v1::ServiceInfo*) override;

 private:
  // Notes the request and gives the experiment's trials that state.
  grpc::Status Steer(const std::string& what, const std::string& id, v1::TrialState state,
                     v1::Experiment* response);

  const std::string home_;
  std::unique_ptr<RpcServer> server_;
  mutable absl::Mutex mu_;
  std::map<std::string, v1::Experiment> experiments_ ABSL_GUARDED_BY(mu_);
  std::deque<std::pair<std::vector<v1::Experiment>, absl::Status>> watch_plan_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, std::vector<v1::MetricRow>> metrics_ ABSL_GUARDED_BY(mu_);
  int metrics_page_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<v1::LogChunk> logs_ ABSL_GUARDED_BY(mu_);
  std::deque<std::pair<std::vector<v1::LogChunk>, absl::Status>> log_plan_ ABSL_GUARDED_BY(mu_);
  v1::ServiceInfo info_ ABSL_GUARDED_BY(mu_);
  std::vector<v1::SubmitRequest> submissions_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> cancelled_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> steered_ ABSL_GUARDED_BY(mu_);
  std::vector<v1::GetLogsRequest> log_requests_ ABSL_GUARDED_BY(mu_);
  int watches_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_FAKE_EXPERIMENTS_H_
