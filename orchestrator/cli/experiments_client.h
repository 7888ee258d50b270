#ifndef ORCHESTRATOR_CLI_EXPERIMENTS_CLIENT_H_
#define ORCHESTRATOR_CLI_EXPERIMENTS_CLIENT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/stop.h"
#include "core/rpc/channel.h"
#include "orchestrator/cli/home.h"
#include "proto/orchestrator.grpc.pb.h"

namespace vagram::cli {

// A user's line to the Experiments service. Every call has a deadline and ends with CANCELLED when
// `interrupt` is tripped. A service that does not answer is UNAVAILABLE with a text that says how
// to start one. Thread-safe.
class ExperimentsClient {
 public:
  // To the service whose record lies in `home`; nothing is sent yet. Calls that answer once have
  // `deadline` each.
  //   UNAVAILABLE: there is no record.   `interrupt` must outlive the client.
  static absl::StatusOr<std::unique_ptr<ExperimentsClient>> Connect(
      const std::string& home, Stop* interrupt, absl::Duration deadline = absl::Seconds(20));

  const ServiceRecord& record() const { return record_; }

  absl::StatusOr<v1::ServiceInfo> GetServiceInfo();
  absl::StatusOr<v1::Experiment> Submit(const v1::SubmitRequest& request);
  absl::StatusOr<v1::ListExperimentsResponse> List(int limit);
  absl::StatusOr<v1::Experiment> Get(const std::string& id);
  absl::StatusOr<v1::Experiment> Cancel(const std::string& id);
  absl::StatusOr<v1::Experiment> Pause(const std::string& id);
  absl::StatusOr<v1::Experiment> Resume(const std::string& id);
  absl::StatusOr<v1::Experiment> Preempt(const std::string& id);

  // Every row of the trial's latest attempt, in as many calls as it takes.
  absl::StatusOr<std::vector<v1::MetricRow>> GetMetrics(const std::string& trial_id);

  // Calls `on_change` with every message, on this thread, until the stream ends. OK: the service
  // ended it, because the experiment has ended.   DEADLINE_EXCEEDED: it lasted as long as a stream
  // may, for a day; watch again.
  absl::Status Watch(const std::string& id,
                     const std::function<void(const v1::Experiment&)>& on_change);

  // The same with the lines of logs.
  absl::Status ReadLogs(const v1::GetLogsRequest& request,
                        const std::function<void(const v1::LogChunk&)>& on_chunk);

 private:
  ExperimentsClient(const std::string& home, ServiceRecord record, std::string token,
                    Stop* interrupt, absl::Duration deadline);

  template <class Request, class Response>
  using Method = grpc::Status (v1::Experiments::Stub::*)(grpc::ClientContext*, const Request&,
                                                         Response*);

  template <class Request, class Response>
  absl::StatusOr<Response> Call(Method<Request, Response> method, const Request& request);

  // The status of a call, UNAVAILABLE and UNAUTHENTICATED put into words for people.
  absl::Status Explain(const grpc::Status& status) const;

  // Calls `on_message` with every message of the stream and returns how it ended.
  template <class Message>
  absl::Status ReadStream(grpc::ClientReader<Message>* reader,
                          const std::function<void(const Message&)>& on_message) const;

  const std::string home_;
  const ServiceRecord record_;
  const Endpoint endpoint_;
  Stop* const interrupt_;
  const absl::Duration deadline_;
  const std::unique_ptr<v1::Experiments::Stub> stub_;
};

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_EXPERIMENTS_CLIENT_H_
