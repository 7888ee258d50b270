#include "orchestrator/cli/experiments_client.h"

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "core/rpc/status.h"

namespace vagram::cli {
namespace {

// Streams last as long as an experiment does; whoever reads them opens them again.
constexpr absl::Duration kStreamDeadline = absl::Hours(24);

// A request about one experiment or trial.
template <class Request>
Request RequestFor(const std::string& id) {
  Request request;
  request.set_id(id);
  return request;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExperimentsClient>> ExperimentsClient::Connect(
    const std::string& home, Stop* interrupt, absl::Duration deadline) {
  ASSIGN_OR_RETURN(ServiceRecord record, ReadServiceRecord(home));
  ASSIGN_OR_RETURN(std::string token, ReadToken(home));
  return absl::WrapUnique(
      new ExperimentsClient(home, std::move(record), std::move(token), interrupt, deadline));
}

ExperimentsClient::ExperimentsClient(const std::string& home, ServiceRecord record,
                                     std::string token, Stop* interrupt, absl::Duration deadline)
    : home_(home),
      record_(std::move(record)),
      endpoint_{record_.address, std::move(token)},
      interrupt_(interrupt),
      deadline_(deadline),
      stub_(v1::Experiments::NewStub(MakeChannel(endpoint_))) {}

absl::Status ExperimentsClient::Explain(const grpc::Status& status) const {
  absl::Status explained = FromGrpcStatus(status);
  if (interrupt_->tripped()) return absl::CancelledError(interrupt_->reason());
  if (absl::IsUnavailable(explained) || absl::IsDeadlineExceeded(explained)) {
    return NoServiceAt(home_, absl::StrCat(record_.address, " (pid ", record_.pid,
                                           ") does not answer: ", explained.message()));
  }
  if (absl::IsUnauthenticated(explained)) {
    return absl::UnauthenticatedError(absl::StrCat("the service at ", record_.address,
                                                   " refuses the token in ", home_,
                                                   "/token: ", explained.message()));
  }
  return explained;
}

template <class Request, class Response>
absl::StatusOr<Response> ExperimentsClient::Call(Method<Request, Response> method,
                                                 const Request& request) {
  const std::unique_ptr<grpc::ClientContext> context = MakeContext(endpoint_, deadline_);
  const std::shared_ptr<void> cancel = CancelOnStop(interrupt_, context.get());
  Response response;
  const grpc::Status status = (stub_.get()->*method)(context.get(), request, &response);
  if (!status.ok()) return Explain(status);
  return response;
}

absl::StatusOr<v1::ServiceInfo> ExperimentsClient::GetServiceInfo() {
  return Call(&v1::Experiments::Stub::GetServiceInfo, v1::GetServiceInfoRequest());
}

absl::StatusOr<v1::Experiment> ExperimentsClient::Submit(const v1::SubmitRequest& request) {
  ASSIGN_OR_RETURN(v1::SubmitResponse response, Call(&v1::Experiments::Stub::Submit, request));
  return std::move(*response.mutable_experiment());
}

absl::StatusOr<v1::ListExperimentsResponse> ExperimentsClient::List(int limit) {
  v1::ListExperimentsRequest request;
  request.set_limit(limit);
  return Call(&v1::Experiments::Stub::ListExperiments, request);
}

absl::StatusOr<v1::Experiment> ExperimentsClient::Get(const std::string& id) {
  return Call(&v1::Experiments::Stub::GetExperiment, RequestFor<v1::GetExperimentRequest>(id));
}

absl::StatusOr<v1::Experiment> ExperimentsClient::Cancel(const std::string& id) {
  return Call(&v1::Experiments::Stub::Cancel, RequestFor<v1::CancelRequest>(id));
}

absl::StatusOr<v1::Experiment> ExperimentsClient::Pause(const std::string& id) {
  return Call(&v1::Experiments::Stub::Pause, RequestFor<v1::PauseRequest>(id));
}

absl::StatusOr<v1::Experiment> ExperimentsClient::Resume(const std::string& id) {
  return Call(&v1::Experiments::Stub::Resume, RequestFor<v1::ResumeRequest>(id));
}

absl::StatusOr<v1::Experiment> ExperimentsClient::Preempt(const std::string& id) {
  return Call(&v1::Experiments::Stub::Preempt, RequestFor<v1::PreemptRequest>(id));
}

absl::StatusOr<std::vector<v1::MetricRow>> ExperimentsClient::GetMetrics(
    const std::string& trial_id) {
  std::vector<v1::MetricRow> rows;
  int64_t attempt = 0;
  v1::GetMetricsRequest request;
  request.set_trial_id(trial_id);
  while (true) {
    ASSIGN_OR_RETURN(v1::GetMetricsResponse response,
                     Call(&v1::Experiments::Stub::GetMetrics, request));
    if (response.attempt() != attempt && !rows.empty()) {
      // The trial was restarted meanwhile: these are not rows of one attempt.
      rows.clear();
      request.set_first_row(0);
      attempt = response.attempt();
      continue;
    }
    attempt = response.attempt();
    if (response.rows().empty()) return rows;
    for (v1::MetricRow& row : *response.mutable_rows()) rows.push_back(std::move(row));
    request.set_first_row(rows.back().row() + 1);
  }
}

template <class Message>
absl::Status ExperimentsClient::ReadStream(
    grpc::ClientReader<Message>* reader,
    const std::function<void(const Message&)>& on_message) const {
  Message message;
  while (reader->Read(&message)) on_message(message);
  const grpc::Status status = reader->Finish();
  if (status.ok()) return absl::OkStatus();
  // This tells of a service that does not answer where a call is answered once. A stream has lasted
  // as long as one may.
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED && !interrupt_->tripped()) {
    return absl::DeadlineExceededError(absl::StrCat("the stream from ", record_.address,
                                                    " has reached its deadline; open it again"));
  }
  return Explain(status);
}

absl::Status ExperimentsClient::Watch(const std::string& id,
                                      const std::function<void(const v1::Experiment&)>& on_change) {
  const std::unique_ptr<grpc::ClientContext> context = MakeContext(endpoint_, kStreamDeadline);
  const std::shared_ptr<void> cancel = CancelOnStop(interrupt_, context.get());
  v1::GetExperimentRequest request;
  request.set_id(id);
  const auto reader = stub_->WatchExperiment(context.get(), request);
  return ReadStream(reader.get(), on_change);
}

absl::Status ExperimentsClient::ReadLogs(const v1::GetLogsRequest& request,
                                         const std::function<void(const v1::LogChunk&)>& on_chunk) {
  const std::unique_ptr<grpc::ClientContext> context = MakeContext(endpoint_, kStreamDeadline);
  const std::shared_ptr<void> cancel = CancelOnStop(interrupt_, context.get());
  const auto reader = stub_->GetLogs(context.get(), request);
  return ReadStream(reader.get(), on_chunk);
}

}  // namespace vagram::cli
