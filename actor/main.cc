// The actor: owns one environment and steps it for its trial's learner.
#include "actor/collect_client.h"
#include "core/base/status_macros.h"
#include "core/nn/blas.h"
#include "core/nn/compute_threads.h"
#include "core/worker/run_worker.h"

namespace vagram {
namespace {

absl::Status RunActor(WorkerSession& session, Stop& stop) {
  ASSIGN_OR_RETURN(const v1::TrialConfig config, session.Register(/*own_address=*/""));
  RETURN_IF_ERROR(SetComputeThreads(config.resources().threads().actor()));
  ASSIGN_OR_RETURN(const std::string learner, session.Resolve(v1::LEARNER, 0));
  CollectClientOptions options;
  options.learner = session.EndpointOf(learner);
  options.trial_id = session.trial_id();
  options.attempt = session.attempt();
  options.actor_index = session.index();
  options.time_use = &session.time_use();
  // An actor has nothing to save: all that it was is in its last answer.
  const auto on_leave = session.leave().OnTrip([&] { stop.Trip("told to end"); });
  return ServeCommands(options, config, &stop);
}

}  // namespace
}  // namespace vagram

int main(int argc, char** argv) {
  vagram::RestartWithFasterBlas(argv);
  return vagram::RunWorker(argc, argv, vagram::v1::ACTOR, vagram::RunActor);
}
