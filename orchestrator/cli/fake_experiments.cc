#include "orchestrator/cli/fake_experiments.h"

#include <fstream>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/rpc/status.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/format.h"

namespace vagram::cli {
namespace {

constexpr char kToken[] = "0123456789abcdef";

grpc::Status NotFound(const std::string& id) {
  return ToGrpcStatus(absl::NotFoundError(absl::StrCat("there is no experiment ", id)));
}

}  // namespace

FakeExperiments::FakeExperiments(std::string home) : home_(std::move(home)) {
  info_.set_version("0.0-fake");
  info_.set_home(home_);
  info_.set_slots(2);
  info_.set_pid(4242);
  info_.set_instance_id("fake");
}

FakeExperiments::~FakeExperiments() { Stop(); }

void FakeExperiments::Start() {
  RpcServer::Options options;
  options.token = kToken;
  options.services = {this};
  auto server = RpcServer::Start(options);
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  absl::MutexLock lock(&mu_);
  std::ofstream(home_ + "/token") << kToken << "\n";
  std::ofstream(home_ + "/service.json")
      << "{\"address\": \"" << server_->address() << "\", \"pid\": " << info_.pid()
      << ", \"dashboard\": \"http://127.0.0.1:4242/\""
      << ", \"instance_id\": \"" << info_.instance_id() << "\"}";
}

void FakeExperiments::Stop() { server_.reset(); }

void FakeExperiments::Put(const v1::Experiment& experiment) {
  absl::MutexLock lock(&mu_);
  experiments_[experiment.id()] = experiment;
}

void FakeExperiments::AddWatch(std::vector<v1::Experiment> messages, absl::Status end) {
  absl::MutexLock lock(&mu_);
  watch_plan_.emplace_back(std::move(messages), std::move(end));
}

void FakeExperiments::PutMetrics(const std::string& trial_id, std::vector<v1::MetricRow> rows,
                                 int page) {
  absl::MutexLock lock(&mu_);
  metrics_[trial_id] = std::move(rows);
  metrics_page_ = page;
}

void FakeExperiments::SetLogs(std::vector<v1::LogChunk> chunks) {
  absl::MutexLock lock(&mu_);
  logs_ = std::move(chunks);
}

void FakeExperiments::AddLogs(std::vector<v1::LogChunk> chunks, absl::Status end) {
  absl::MutexLock lock(&mu_);
  log_plan_.emplace_back(std::move(chunks), std::move(end));
}

void FakeExperiments::SetInfo(const v1::ServiceInfo& info) {
  absl::MutexLock lock(&mu_);
  info_ = info;
}

std::vector<v1::SubmitRequest> FakeExperiments::submissions() const {
  absl::MutexLock lock(&mu_);
  return submissions_;
}

std::vector<std::string> FakeExperiments::cancelled() const {
  absl::MutexLock lock(&mu_);
  return cancelled_;
}

std::vector<std::string> FakeExperiments::steered() const {
  absl::MutexLock lock(&mu_);
  return steered_;
}

std::vector<v1::GetLogsRequest> FakeExperiments::log_requests() const {
  absl::MutexLock lock(&mu_);
  return log_requests_;
}

int FakeExperiments::watches() const {
  absl::MutexLock lock(&mu_);
  return watches_;
}

grpc::Status FakeExperiments::Submit(grpc::ServerContext*, const v1::SubmitRequest* request,
                                     v1::SubmitResponse* response) {
  absl::MutexLock lock(&mu_);
  submissions_.push_back(*request);
  v1::Experiment* experiment = response->mutable_experiment();
  experiment->set_id(absl::StrCat(submissions_.size()));
  experiment->set_state(v1::EXPERIMENT_QUEUED);
  experiments_.emplace(experiment->id(), *experiment);
  return grpc::Status::OK;
}

grpc::Status FakeExperiments::ListExperiments(grpc::ServerContext*,
                                              const v1::ListExperimentsRequest* request,
                                              v1::ListExperimentsResponse* response) {
  absl::MutexLock lock(&mu_);
  for (auto it = experiments_.rbegin(); it != experiments_.rend(); ++it) {
    if (response->experiments_size() == request->limit()) break;
    *response->add_experiments() = it->second;
  }
  return grpc::Status::OK;
}

grpc::Status FakeExperiments::GetExperiment(grpc::ServerContext*,
                                            const v1::GetExperimentRequest* request,
                                            v1::Experiment* response) {
  absl::MutexLock lock(&mu_);
  const std::string& id = request->id();
  const auto found = experiments_.find(id.substr(0, id.find('/')));
  if (found == experiments_.end()) return NotFound(id);
  *response = found->second;
  if (id == found->first) return grpc::Status::OK;
  response->clear_trials();
  for (const v1::Trial& trial : found->second.trials()) {
    if (trial.id() == id) *response->add_trials() = trial;
  }
  return response->trials().empty() ? NotFound(id) : grpc::Status::OK;
}

grpc::Status FakeExperiments::WatchExperiment(grpc::ServerContext*,
                                              const v1::GetExperimentRequest* request,
                                              grpc::ServerWriter<v1::Experiment>* writer) {
  absl::MutexLock lock(&mu_);
  ++watches_;
  if (experiments_.count(request->id()) == 0) return NotFound(request->id());
  std::vector<v1::Experiment> messages = {experiments_[request->id()]};
  absl::Status end = absl::UnavailableError("the service stops");
  if (!watch_plan_.empty()) {
    std::tie(messages, end) = watch_plan_.front();
    watch_plan_.pop_front();
  }
  for (const v1::Experiment& message : messages) writer->Write(message);
  if (!messages.empty() && HasEnded(messages.back().state())) return grpc::Status::OK;
  return ToGrpcStatus(end);
}

grpc::Status FakeExperiments::Cancel(grpc::ServerContext*, const v1::CancelRequest* request,
                                     v1::Experiment* response) {
  absl::MutexLock lock(&mu_);
  const auto found = experiments_.find(request->id());
  if (found == experiments_.end()) return NotFound(request->id());
  cancelled_.push_back(request->id());
  found->second.set_state(v1::EXPERIMENT_CANCELLED);
  for (v1::Trial& trial : *found->second.mutable_trials()) trial.set_state(v1::CANCELLED);
  *response = found->second;
  return grpc::Status::OK;
}

grpc::Status FakeExperiments::Steer(const std::string& what, const std::string& id,
                                    v1::TrialState state, v1::Experiment* response) {
  absl::MutexLock lock(&mu_);
  const auto found = experiments_.find(id);
  if (found == experiments_.end()) return NotFound(id);
  steered_.push_back(absl::StrCat(what, " ", id));
  for (v1::Trial& trial : *found->second.mutable_trials()) trial.set_state(state);
  *response = found->second;
  return grpc::Status::OK;
}

grpc::Status FakeExperiments::Pause(grpc::ServerContext*, const v1::PauseRequest* request,
                                    v1::Experiment* response) {
  return Steer("pause", request->id(), v1::PAUSED, response);
}

grpc::Status FakeExperiments::Resume(grpc::ServerContext*, const v1::ResumeRequest* request,
                                     v1::Experiment* response) {
  return Steer("resume", request->id(), v1::QUEUED, response);
}

grpc::Status FakeExperiments::Preempt(grpc::ServerContext*, const v1::PreemptRequest* request,
                                      v1::Experiment* response) {
  return Steer("preempt", request->id(), v1::RUNNING, response);
}

grpc::Status FakeExperiments::GetMetrics(grpc::ServerContext*, const v1::GetMetricsRequest* request,
                                         v1::GetMetricsResponse* response) {
  absl::MutexLock lock(&mu_);
  response->set_attempt(1);
  for (const v1::MetricRow& row : metrics_[request->trial_id()]) {
    if (response->rows_size() == metrics_page_) break;
    if (row.row() >= request->first_row()) *response->add_rows() = row;
  }
  return grpc::Status::OK;
}

grpc::Status FakeExperiments::GetLogs(grpc::ServerContext*, const v1::GetLogsRequest* request,
                                      grpc::ServerWriter<v1::LogChunk>* writer) {
  absl::MutexLock lock(&mu_);
  log_requests_.push_back(*request);
  std::vector<v1::LogChunk> chunks = logs_;
  absl::Status end;
  if (!log_plan_.empty()) {
    std::tie(chunks, end) = log_plan_.front();
    log_plan_.pop_front();
  }
  for (const v1::LogChunk& chunk : chunks) writer->Write(chunk);
  return ToGrpcStatus(end);
}

grpc::Status FakeExperiments::GetServiceInfo(grpc::ServerContext*, const v1::GetServiceInfoRequest*,
                                             v1::ServiceInfo* response) {
  absl::MutexLock lock(&mu_);
  *response = info_;
  return grpc::Status::OK;
}

}  // namespace vagram::cli
