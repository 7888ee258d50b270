// The model server: owns a trial's dynamics ensemble, trains it and imagines with it.
#include <memory>

#include "core/base/status_macros.h"
#include "core/config/env_spec_from_config.h"
#include "core/env/env_factory.h"
#include "core/nn/blas.h"
#include "core/nn/compute_threads.h"
#include "core/nn/freed_memory.h"
#include "core/rpc/server.h"
#include "core/worker/run_worker.h"
#include "learner/learner_client.h"
#include "model_server/model_server_service.h"
#include "model_server/world_model.h"

namespace vagram {
namespace {

constexpr absl::Duration kShutdownGrace = absl::Seconds(2);

absl::Status RunModelServer(WorkerSession& session, Stop& stop) {
  ASSIGN_OR_RETURN(const v1::TrialConfig config, session.Register(/*own_address=*/""));
  RETURN_IF_ERROR(SetComputeThreads(config.resources().threads().model_server()));
  ASSIGN_OR_RETURN(const EnvFactory env, EnvFactory::Create(EnvSpecFromConfig(config)));
  const Task& task = env.task();
  ASSIGN_OR_RETURN(const std::string learner_address, session.Resolve(v1::LEARNER, 0));
  LearnerClient learner(session.EndpointOf(learner_address), task.obs_dim, task.act_dim, &stop,
                        &session.time_use());
  ASSIGN_OR_RETURN(const std::unique_ptr<WorldModel> model,
                   WorldModel::Create(config, task, &learner));
  ModelServerService service(model.get(), &stop, &session.time_use());
  RpcServer::Options options;
  options.token = session.token();
  options.services = {&service};
  ASSIGN_OR_RETURN(const std::unique_ptr<RpcServer> server, RpcServer::Start(options));
  RETURN_IF_ERROR(session.Register(server->address()).status());
  stop.Wait();
  server->Shutdown(kShutdownGrace);
  return stop.Check();
}

}  // namespace
}  // namespace vagram

int main(int argc, char** argv) {
  vagram::RestartWithFasterBlas(argv);
  vagram::KeepFreedMemory();
  return vagram::RunWorker(argc, argv, vagram::v1::MODEL_SERVER, vagram::RunModelServer);
}
