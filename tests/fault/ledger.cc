#include "tests/fault/ledger.h"

#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "core/base/stop.h"
#include "core/rpc/channel.h"
#include "core/rpc/status.h"
#include "proto/orchestrator.grpc.pb.h"
#include "tests/e2e/cluster.h"

namespace vagram {
namespace {

constexpr absl::Duration kCallDeadline = absl::Seconds(20);
constexpr absl::Duration kPatience = absl::Minutes(2);  // for one acknowledgement
constexpr int kCancelEvery = 10;

// Workers that do nothing: the ledger speaks for them, so that its trial runs for as long as it
// likes and takes no computing time.
absl::StatusOr<std::string> IdleWorkers() {
  const char* base = std::getenv("TEST_TMPDIR");
  std::string folder = absl::StrCat(base != nullptr ? base : "/tmp", "/idle_XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) return absl::UnavailableError("no folder for workers");
  for (const char* role : {"actor", "learner", "model_server"}) {
    const std::string program = absl::StrCat(folder, "/", role, "/", role);
    mkdir(absl::StrCat(folder, "/", role).c_str(), 0700);
    std::ofstream(program) << "#!/bin/sh\nexec sleep 1000000\n";
    if (chmod(program.c_str(), 0700) != 0) return absl::UnavailableError("no idle workers");
  }
  return folder;
}

std::string Name(int submission) { return absl::StrCat("ledger-", submission); }

v1::SubmitRequest Submission(const std::string& name) {
  v1::SubmitRequest request;
  request.set_client_request_id(name);
  request.set_spec_file("ledger.yaml");
  request.set_spec_yaml(absl::StrCat("name: ", name,
                                     "\nbase: {env.id: Pendulum-v1, algorithm: sac, num_steps: "
                                     "100000}\nseeds: [0]\n"));
  return request;
}

// A client that repeats each call until it is answered.
class Client {
 public:
  Client(const Endpoint& endpoint, std::atomic<int>* repeated)
      : endpoint_(endpoint), repeated_(*repeated), channel_(MakeChannel(endpoint)) {}

  template <typename Stub, typename Request, typename Response>
  absl::Status Call(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    RetryPolicy patient;
    patient.budget = kPatience;
    patient.max_backoff = absl::Milliseconds(100);
    int calls = 0;
    const absl::Status status = Retry(patient, never_, [&] {
      ++calls;
      const auto context = MakeContext(endpoint_, kCallDeadline);
      return FromGrpcStatus((stub.*method)(context.get(), request, response));
    });
    repeated_ += calls - 1;
    return status;
  }

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  const Endpoint endpoint_;
  std::atomic<int>& repeated_;
  const std::shared_ptr<grpc::Channel> channel_;
  const Stop never_;
};

class Ledger {
 public:
  Ledger(const LedgerOptions& options, Cluster* cluster)
      : options_(options), cluster_(*cluster), endpoint_(cluster->endpoint()) {}

  absl::StatusOr<LedgerReport> Keep(std::ostream& progress) {
    // This one takes the only slot, so that all others wait.
    ASSIGN_OR_RETURN(const std::string holder, cluster_.Submit(Submission("holder").spec_yaml()));
    trial_ = absl::StrCat(holder, "/0");
    RETURN_IF_ERROR(cluster_
                        .WaitUntil(holder, kPatience,
                                   [](const v1::Experiment& experiment) {
                                     return experiment.trials(0).workers_size() == 2;
                                   })
                        .status());
    Stop ended;
    std::thread heart([&] { heartbeats_ = BeatUntil(ended); });
    std::thread submitter([&] { submitted_ = SubmitAll(); });
    std::thread reporter([&] { reported_ = ReportAll(); });
    std::thread watcher([&] {
      submitter.join();
      reporter.join();
      ended.Trip("all is acknowledged");
    });
    const absl::Status killed = KillUntil(ended, progress);
    watcher.join();
    heart.join();
    for (const absl::Status& status : {killed, heartbeats_, submitted_, reported_}) {
      RETURN_IF_ERROR(status);
    }
    RETURN_IF_ERROR(Audit());
    report_.submissions = options_.submissions;
    report_.rows = options_.rows;
    report_.repeated_calls = repeated_;
    return report_;
  }

 private:
  absl::Status SubmitAll() {
    Client client(endpoint_, &repeated_);
    const auto stub = v1::Experiments::NewStub(client.channel());
    for (int i = 0; i < options_.submissions; ++i) {
      v1::SubmitResponse response;
      RETURN_IF_ERROR(
          client.Call(*stub, &v1::Experiments::Stub::Submit, Submission(Name(i)), &response));
      ids_.push_back(response.experiment().id());
      if (i % kCancelEvery != 0) continue;
      v1::CancelRequest cancel;
      cancel.set_id(ids_.back());
      v1::Experiment experiment;
      RETURN_IF_ERROR(client.Call(*stub, &v1::Experiments::Stub::Cancel, cancel, &experiment));
    }
    return absl::OkStatus();
  }

  absl::Status ReportAll() {
    Client client(endpoint_, &repeated_);
    const auto stub = v1::Workers::NewStub(client.channel());
    for (int row = 0; row < options_.rows; ++row) {
      v1::ReportMetricsRequest request;
      request.set_trial_id(trial_);
      request.set_attempt(1);
      v1::MetricRow& metrics = *request.add_rows();
      metrics.set_row(row);
      metrics.set_epoch(row);
      metrics.set_step(row);
      v1::Metric& metric = *metrics.add_metrics();
      metric.set_name("ledger/value");
      metric.set_value(row * 0.5);
      v1::ReportMetricsResponse response;
      RETURN_IF_ERROR(client.Call(*stub, &v1::Workers::Stub::ReportMetrics, request, &response));
    }
    return absl::OkStatus();
  }

  // The idle workers' signs of life.
  absl::Status BeatUntil(const Stop& ended) {
    std::atomic<int> not_counted{0};
    Client client(endpoint_, &not_counted);
    const auto stub = v1::Workers::NewStub(client.channel());
    while (!ended.WaitFor(absl::Seconds(1))) {
      for (const v1::Role role : {v1::LEARNER, v1::ACTOR}) {
        v1::HeartbeatRequest request;
        request.set_trial_id(trial_);
        request.set_attempt(1);
        request.set_role(role);
        v1::HeartbeatResponse response;
        RETURN_IF_ERROR(client.Call(*stub, &v1::Workers::Stub::Heartbeat, request, &response));
      }
    }
    return absl::OkStatus();
  }

  absl::Status KillUntil(const Stop& ended, std::ostream& progress) {
    Rng rng(DeriveSeed(options_.seed, "ledger"));
    while (!ended.WaitFor(absl::Seconds(rng.Uniform(0.1, 3)))) {
      RETURN_IF_ERROR(cluster_.KillAndRestart());
      if (cluster_.endpoint().address != endpoint_.address) {
        return absl::UnavailableError("the orchestrator came back on another port");
      }
      if (++report_.kills % 20 == 0) progress << report_.kills << " kills" << std::endl;
    }
    return absl::OkStatus();
  }

  absl::Status Audit() {
    Client client(endpoint_, &repeated_);
    const auto stub = v1::Experiments::NewStub(client.channel());
    v1::ListExperimentsRequest request;
    request.set_limit(1);
    v1::ListExperimentsResponse newest;
    RETURN_IF_ERROR(client.Call(*stub, &v1::Experiments::Stub::ListExperiments, request, &newest));
    // Experiments are numbered from 1 without gaps, and the holder is one of them.
    const std::string last = absl::StrCat(options_.submissions + 1);
    if (newest.experiments(0).id() != last) {
      return absl::DataLossError(absl::StrCat(
          "the newest experiment is ", newest.experiments(0).id(), ", acknowledged were ", last));
    }
    std::set<std::string> distinct(ids_.begin(), ids_.end());
    if (static_cast<int>(distinct.size()) != options_.submissions) {
      return absl::DataLossError(absl::StrCat("of ", options_.submissions, " submissions only ",
                                              distinct.size(), " made an experiment of their own"));
    }
    for (int i = 0; i < options_.submissions; ++i) {
      v1::GetExperimentRequest get;
      get.set_id(ids_[i]);
      v1::Experiment experiment;
      RETURN_IF_ERROR(client.Call(*stub, &v1::Experiments::Stub::GetExperiment, get, &experiment));
      const bool cancelled = experiment.state() == v1::EXPERIMENT_CANCELLED;
      if (experiment.name() != Name(i) || cancelled != (i % kCancelEvery == 0)) {
        return absl::DataLossError(
            absl::StrCat("experiment ", ids_[i], " is called ", experiment.name(), " and is ",
                         v1::ExperimentState_Name(experiment.state()), "; acknowledged was ",
                         Name(i), i % kCancelEvery == 0 ? " and its cancellation" : ""));
      }
      report_.cancellations += cancelled;
    }
    ASSIGN_OR_RETURN(const v1::GetMetricsResponse metrics, cluster_.Metrics(trial_));
    if (metrics.rows_size() != options_.rows || metrics.attempt() != 1) {
      return absl::DataLossError(
          absl::StrCat("attempt ", metrics.attempt(), " has ", metrics.rows_size(),
                       " rows of metrics, acknowledged were ", options_.rows, " of attempt 1"));
    }
    for (int row = 0; row < options_.rows; ++row) {
      const v1::MetricRow& stored = metrics.rows(row);
      if (stored.row() != row || stored.metrics_size() != 1 ||
          stored.metrics(0).value() != row * 0.5) {
        return absl::DataLossError(
            absl::StrCat("row ", row, " of the metrics is ", stored.ShortDebugString()));
      }
    }
    return absl::OkStatus();
  }

  const LedgerOptions options_;
  Cluster& cluster_;
  const Endpoint endpoint_;
  std::string trial_;
  std::vector<std::string> ids_;  // of the submissions, in order
  std::atomic<int> repeated_{0};
  absl::Status heartbeats_, submitted_, reported_;
  LedgerReport report_;
};

}  // namespace

absl::StatusOr<LedgerReport> KeepLedger(const LedgerOptions& options, std::ostream& progress) {
  ASSIGN_OR_RETURN(const std::string workers, IdleWorkers());
  ASSIGN_OR_RETURN(const std::unique_ptr<Cluster> cluster, Cluster::Start(/*slots=*/1, workers));
  return Ledger(options, cluster.get()).Keep(progress);
}

}  // namespace vagram
