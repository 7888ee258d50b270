#include "orchestrator/experiments_service.h"

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "core/env/user_task/task_bundle.h"
#include "core/rpc/handler.h"
#include "core/rpc/status.h"
#include "orchestrator/log_follower.h"
#include "orchestrator/spec/experiment.h"
#include "orchestrator/trial_state.h"

namespace vagram {
namespace {

constexpr int kDefaultListLimit = 100;
constexpr int kMaxListLimit = 1000;
constexpr size_t kMaxTrials = 10000;
constexpr size_t kMaxRequestIdBytes = 200;
// A cancelled call is noticed this late at most.
constexpr absl::Duration kCancelCheck = absl::Milliseconds(500);

// How long a stream rests after a look at its experiment that took `effort`: what happens meanwhile
// is merged into one message, and no stream costs more than a tenth of a core.
absl::Duration Rest(absl::Duration effort) {
  return std::max(absl::Milliseconds(200), 10 * effort);
}

// Attaches the experiment or trial that a NOT_FOUND is about.
absl::Status About(const std::string& id, absl::Status status) {
  if (!absl::IsNotFound(status)) return status;
  return WithResource(std::move(status), absl::StrContains(id, '/') ? "trial" : "experiment", id);
}

bool WatchedHasEnded(const ExperimentOrTrial& id, const v1::Experiment& experiment) {
  return id.index.has_value() ? HasEnded(experiment.trials(0).state())
                              : HasEnded(experiment.state());
}

absl::Status CheckRequestId(const std::string& id) {
  if (!id.empty() && id.size() <= kMaxRequestIdBytes) return absl::OkStatus();
  return InvalidFields("the request cannot be told from its repeats",
                       {{"client_request_id",
                         absl::StrCat("expected 1 to ", kMaxRequestIdBytes, " bytes, got ",
                                      id.size(), "; send a new UUID with every new submission")}});
}

// The task file that came with the request, checked as far as that goes without the engine.
absl::StatusOr<v1::UserTask> FindTask(const v1::SubmitRequest& request, const std::string& path) {
  for (const v1::UserTask& task : request.tasks()) {
    if (task.path() != path) continue;
    std::vector<TaskFile> files;
    for (const v1::TaskFile& file : task.files()) files.push_back({file.path(), file.content()});
    RETURN_IF_ERROR(ParseTaskFiles(files).status());
    return task;
  }
  return absl::NotFoundError(
      "the task file was not sent along; submit with the version of `vagram` that runs the "
      "service");
}

absl::StatusOr<NewExperiment> Resolve(const v1::SubmitRequest& request) {
  const std::vector<std::string> overrides(request.overrides().begin(), request.overrides().end());
  SpecSurroundings surroundings;
  surroundings.folder = request.spec_folder();
  surroundings.read_task = [&](const std::string& path) { return FindTask(request, path); };
  ASSIGN_OR_RETURN(ResolvedExperiment resolved,
                   ResolveExperiment(request.spec_yaml(), request.spec_file(), overrides,
                                     surroundings, request.tuning()));
  if (resolved.trials.size() > kMaxTrials) {
    return absl::InvalidArgumentError(absl::StrCat("the sweep makes ", resolved.trials.size(),
                                                   " trials, expected at most ", kMaxTrials,
                                                   "; split the experiment"));
  }
  NewExperiment experiment;
  experiment.client_request_id = request.client_request_id();
  experiment.name = std::move(resolved.name);
  experiment.spec_yaml = request.spec_yaml();
  experiment.restarts = resolved.restarts;
  experiment.priority = resolved.priority;
  experiment.fail_fast = resolved.fail_fast;
  experiment.tuning = resolved.tuning;
  experiment.early_stopping = std::move(resolved.early_stopping);
  experiment.tasks = std::move(resolved.tasks);
  for (ResolvedTrial& trial : resolved.trials) {
    experiment.trials.push_back(
        {std::move(trial.label), std::move(trial.overrides), std::move(trial.config)});
  }
  return experiment;
}

}  // namespace

grpc::Status ExperimentsService::Submit(grpc::ServerContext*, const v1::SubmitRequest* request,
                                        v1::SubmitResponse* response) {
  return Handle([&]() -> absl::Status {
    RETURN_IF_ERROR(CheckRequestId(request->client_request_id()));
    // A repeat must find its experiment even where the file would resolve otherwise by now.
    ASSIGN_OR_RETURN(const std::optional<int64_t> known,
                     deps_.store->FindRequest(request->client_request_id()));
    Submission submission;
    if (known.has_value()) {
      submission = {*known, /*already_existed=*/true};
    } else {
      ASSIGN_OR_RETURN(const NewExperiment experiment, Resolve(*request));
      RETURN_IF_ERROR(deps_.scheduler->CheckFits(experiment));
      ASSIGN_OR_RETURN(submission, deps_.scheduler->Submit(experiment));
    }
    ASSIGN_OR_RETURN(*response->mutable_experiment(), catalog_.Get({submission.experiment, {}}));
    response->set_already_existed(submission.already_existed);
    return absl::OkStatus();
  });
}

grpc::Status ExperimentsService::ListExperiments(grpc::ServerContext*,
                                                 const v1::ListExperimentsRequest* request,
                                                 v1::ListExperimentsResponse* response) {
  return Handle([&]() -> absl::Status {
    const int limit =
        request->limit() <= 0 ? kDefaultListLimit : std::min(request->limit(), kMaxListLimit);
    ASSIGN_OR_RETURN(std::vector<v1::Experiment> experiments, catalog_.List(limit));
    for (v1::Experiment& experiment : experiments) {
      *response->add_experiments() = std::move(experiment);
    }
    return absl::OkStatus();
  });
}

grpc::Status ExperimentsService::GetExperiment(grpc::ServerContext*,
                                               const v1::GetExperimentRequest* request,
                                               v1::Experiment* response) {
  return Handle([&]() -> absl::Status {
    ASSIGN_OR_RETURN(const ExperimentOrTrial id, ParseExperimentOrTrial(request->id()));
    absl::StatusOr<v1::Experiment> experiment = catalog_.Get(id);
    RETURN_IF_ERROR(About(request->id(), experiment.status()));
    *response = *std::move(experiment);
    return absl::OkStatus();
  });
}

grpc::Status ExperimentsService::WatchExperiment(grpc::ServerContext* context,
                                                 const v1::GetExperimentRequest* request,
                                                 grpc::ServerWriter<v1::Experiment>* writer) {
  return Handle([&]() -> absl::Status {
    RETURN_IF_ERROR(TakeStream());
    const auto release = absl::MakeCleanup([this] { ReleaseStream(); });
    return About(request->id(), Watch(request->id(), context, writer));
  });
}

absl::Status ExperimentsService::Watch(const std::string& id_text, grpc::ServerContext* context,
                                       grpc::ServerWriter<v1::Experiment>* writer) {
  ASSIGN_OR_RETURN(const ExperimentOrTrial id, ParseExperimentOrTrial(id_text));
  while (true) {
    // Read before the experiment, so that no change falls between the two.
    const int64_t version = deps_.scheduler->Version(id.experiment);
    const absl::Time begin = absl::Now();
    ASSIGN_OR_RETURN(const v1::Experiment experiment, catalog_.Get(id));
    if (!writer->Write(experiment)) return absl::CancelledError("the client went away");
    if (WatchedHasEnded(id, experiment)) return absl::OkStatus();
    bool stops = deps_.stop->WaitFor(Rest(absl::Now() - begin));
    while (!stops && !deps_.scheduler->AwaitChange(id.experiment, version, kCancelCheck)) {
      if (context->IsCancelled()) return absl::CancelledError("cancelled by the client");
      stops = deps_.stop->tripped();
    }
    if (stops) return absl::UnavailableError("the service stops; watch again when it is back");
  }
}

template <typename Request>
grpc::Status ExperimentsService::Steer(absl::Status (Scheduler::*method)(const ExperimentOrTrial&),
                                       const Request& request, v1::Experiment* response) {
  return Handle([&]() -> absl::Status {
    ASSIGN_OR_RETURN(const ExperimentOrTrial id, ParseExperimentOrTrial(request.id()));
    RETURN_IF_ERROR(About(request.id(), (deps_.scheduler->*method)(id)));
    ASSIGN_OR_RETURN(*response, catalog_.Get(id));
    return absl::OkStatus();
  });
}

grpc::Status ExperimentsService::Cancel(grpc::ServerContext*, const v1::CancelRequest* request,
                                        v1::Experiment* response) {
  return Steer(&Scheduler::Cancel, *request, response);
}

grpc::Status ExperimentsService::Pause(grpc::ServerContext*, const v1::PauseRequest* request,
                                       v1::Experiment* response) {
  return Steer(&Scheduler::Pause, *request, response);
}

grpc::Status ExperimentsService::Resume(grpc::ServerContext*, const v1::ResumeRequest* request,
                                        v1::Experiment* response) {
  return Steer(&Scheduler::Resume, *request, response);
}

grpc::Status ExperimentsService::Preempt(grpc::ServerContext*, const v1::PreemptRequest* request,
                                         v1::Experiment* response) {
  return Steer(&Scheduler::Preempt, *request, response);
}

grpc::Status ExperimentsService::GetMetrics(grpc::ServerContext*,
                                            const v1::GetMetricsRequest* request,
                                            v1::GetMetricsResponse* response) {
  return Handle([&]() -> absl::Status {
    ASSIGN_OR_RETURN(const TrialId id, ParseTrialId(request->trial_id()));
    absl::StatusOr<v1::GetMetricsResponse> metrics = catalog_.Metrics(id, request->first_row());
    RETURN_IF_ERROR(About(request->trial_id(), metrics.status()));
    *response = *std::move(metrics);
    return absl::OkStatus();
  });
}

grpc::Status ExperimentsService::GetLogs(grpc::ServerContext* context,
                                         const v1::GetLogsRequest* request,
                                         grpc::ServerWriter<v1::LogChunk>* writer) {
  return Handle([&]() -> absl::Status {
    RETURN_IF_ERROR(TakeStream());
    const auto release = absl::MakeCleanup([this] { ReleaseStream(); });
    return About(request->id(), SendLogs(*request, context, writer));
  });
}

absl::Status ExperimentsService::SendLogs(const v1::GetLogsRequest& request,
                                          grpc::ServerContext* context,
                                          grpc::ServerWriter<v1::LogChunk>* writer) {
  ASSIGN_OR_RETURN(const ExperimentOrTrial id, ParseExperimentOrTrial(request.id()));
  LogFollower follower(deps_.results, request.role(), request.tail_lines());
  while (true) {
    const absl::Time begin = absl::Now();
    // Asked first: what was written before the end is then in the files.
    ASSIGN_OR_RETURN(const v1::Experiment experiment, catalog_.Get(id));
    const bool last = !request.follow() || WatchedHasEnded(id, experiment);
    const bool sent = follower.Read(experiment, last, [&](const v1::LogChunk& chunk) {
      return !context->IsCancelled() && writer->Write(chunk);
    });
    if (!sent) return absl::CancelledError("the client went away");
    if (last) return absl::OkStatus();
    if (deps_.stop->WaitFor(Rest(absl::Now() - begin))) {
      return absl::UnavailableError("the service stops; follow again when it is back");
    }
  }
}

grpc::Status ExperimentsService::GetServiceInfo(grpc::ServerContext*,
                                                const v1::GetServiceInfoRequest*,
                                                v1::ServiceInfo* response) {
  *response = info_;
  response->set_pending_videos(deps_.videos->Pending());
  deps_.scheduler->ReportUse(response);
  return grpc::Status::OK;
}

absl::Status ExperimentsService::TakeStream() {
  absl::MutexLock lock(&mu_);
  if (streams_ >= kMaxStreams) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the service has ", streams_,
                     " watches and followed logs, which is the most "
                     "it takes; end one of them"));
  }
  ++streams_;
  return absl::OkStatus();
}

void ExperimentsService::ReleaseStream() {
  absl::MutexLock lock(&mu_);
  --streams_;
}

}  // namespace vagram
