// The learner: a trial's clock. Runs its training loop on what actors and the model server give.
#include <memory>

#include "absl/strings/str_cat.h"
#include "core/base/clock.h"
#include "core/base/divergence.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/posix_storage.h"
#include "core/config/env_spec_from_config.h"
#include "core/env/env_factory.h"
#include "core/nn/blas.h"
#include "core/nn/compute_threads.h"
#include "core/nn/freed_memory.h"
#include "core/worker/run_worker.h"
#include "learner/learner_server.h"
#include "learner/trial_checkpoints.h"
#include "learner/trial_loop.h"
#include "model_server/model_server_client.h"

namespace vagram {
namespace {

constexpr absl::Duration kShutdownGrace = absl::Seconds(2);

class SessionReporter : public TrialReporter {
 public:
  explicit SessionReporter(WorkerSession* session) : session_(session) {}
  absl::Status Report(const v1::MetricRow& row) override { return session_->ReportMetrics({row}); }
  absl::Status ReportPolicy(const v1::PolicyFile& policy, bool last) override {
    return session_->ReportPolicy(policy, last);
  }
  void SetProgress(const v1::Progress& progress) override { session_->SetProgress(progress); }

 private:
  WorkerSession* const session_;
};

// A configuration that cannot run, or a training that left the finite numbers, will do no better on
// the next attempt.
bool IsPermanent(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsNotFound(status) ||
         absl::IsUnimplemented(status) || IsDiverged(status);
}

absl::Status TrainTrial(WorkerSession& session, const v1::TrialConfig& config, const Task& task,
                        LearnerServer& server, Stop& stop) {
  std::unique_ptr<ModelServerClient> model_server;
  if (config.algorithm() != "sac") {
    ASSIGN_OR_RETURN(const std::string address, session.Resolve(v1::MODEL_SERVER, 0));
    model_server = std::make_unique<ModelServerClient>(session.EndpointOf(address), task.obs_dim,
                                                       task.act_dim, &stop);
  }
  std::unique_ptr<TrialCheckpoints> checkpoints;
  PosixStorage storage;
  if (config.checkpoint().every_epochs() > 0 && !session.folder().empty()) {
    ASSIGN_OR_RETURN(checkpoints,
                     TrialCheckpoints::Open(
                         &storage, absl::StrCat(session.folder(), "/checkpoints"), config, task));
  }
  SessionReporter reporter(&session);
  ASSIGN_OR_RETURN(const std::unique_ptr<TrialLoop> loop,
                   TrialLoop::Create(config, task,
                                     {server.actors(), model_server.get(), &server.board(),
                                      &reporter, Clock::Real(), &stop, checkpoints.get(),
                                      &session.leave(), server.ahead(), &session.time_use()}));
  return loop->Run();
}

absl::Status RunLearner(WorkerSession& session, Stop& stop) {
  // The configuration arrives with the registration, which needs the server's address, whose
  // service needs the configuration: so the trial is asked for first, without an address.
  ASSIGN_OR_RETURN(const v1::TrialConfig config, session.Register(/*own_address=*/""));
  RETURN_IF_ERROR(SetComputeThreads(config.resources().threads().learner()));
  ASSIGN_OR_RETURN(const EnvFactory env, EnvFactory::Create(EnvSpecFromConfig(config)));
  ASSIGN_OR_RETURN(const std::unique_ptr<LearnerServer> server,
                   LearnerServer::Start({session.trial_id(), session.attempt(), session.token(),
                                         &session.time_use()},
                                        config, env.task(), &stop, &session.leave()));
  RETURN_IF_ERROR(session.Register(server->address()).status());

  const absl::Status outcome = TrainTrial(session, config, env.task(), *server, stop);
  server->CloseActors();
  if (outcome.ok() || IsPermanent(outcome)) RETURN_IF_ERROR(session.Finish(outcome));
  server->Shutdown(kShutdownGrace);
  return outcome;
}

}  // namespace
}  // namespace vagram

int main(int argc, char** argv) {
  vagram::RestartWithFasterBlas(argv);
  vagram::KeepFreedMemory();
  return vagram::RunWorker(argc, argv, vagram::v1::LEARNER, vagram::RunLearner);
}
