#include "learner/learner_server.h"

#include <algorithm>
#include <utility>

#include "core/base/clock.h"
#include "core/base/status_macros.h"
#include "core/wire/transition_codec.h"
#include "learner/sac_from_config.h"

namespace vagram {
namespace {

constexpr absl::Duration kActorReconnect = absl::Minutes(2);

int NumActors(const v1::TrialConfig& config) { return std::max(config.resources().actors(), 1); }

// An actor's stream holds a thread for as long as it lasts, and so does the one that replaces it
// until it gives way; some more are for the model server and for probes.
int MaxThreads(const v1::TrialConfig& config) { return 2 * NumActors(config) + 16; }

}  // namespace

absl::StatusOr<std::unique_ptr<LearnerServer>> LearnerServer::Start(const Options& options,
                                                                    const v1::TrialConfig& config,
                                                                    const Task& task, Stop* stop,
                                                                    Stop* leave) {
  ASSIGN_OR_RETURN(SacOptions sac, SacOptionsFromConfig(config, task));
  std::unique_ptr<LearnerServer> server(
      new LearnerServer(options, config, task, std::move(sac), stop, leave));
  RpcServer::Options rpc;
  rpc.token = options.token;
  rpc.services = {server->service_.get()};
  rpc.max_threads = MaxThreads(config);
  ASSIGN_OR_RETURN(server->server_, RpcServer::Start(rpc));
  return server;
}

LearnerServer::LearnerServer(const Options& options, const v1::TrialConfig& config,
                             const Task& task, SacOptions sac, Stop* stop, Stop* leave)
    : board_(config.sac().replay_capacity(), task.obs_dim, task.act_dim) {
  CollectStreamHost* host = nullptr;
  if (config.schedule().mode() == "async") {
    ActorFleet::Options fleet;
    fleet.trial_id = options.trial_id;
    fleet.actors = NumActors(config);
    // An actor answers a command with one message.
    fleet.steps_per_command =
        std::min(config.schedule().steps_per_command(), RowsPerChunk(task.obs_dim, task.act_dim));
    fleet.reconnect_timeout = kActorReconnect;
    fleet_ = std::make_unique<ActorFleet>(fleet, Clock::Real(), stop, leave);
    host = fleet_.get();
  } else {
    pool_ = std::make_unique<ActorPool>(options.trial_id, kActorReconnect, stop, leave);
    host = pool_.get();
  }
  service_ = std::make_unique<LearnerService>(
      LearnerService::Options{options.trial_id, options.attempt, std::move(sac), task.id,
                              options.time_use},
      host, &board_, stop);
}

LearnerServer::~LearnerServer() { CloseActors(); }

void LearnerServer::CloseActors() { pool_ != nullptr ? pool_->Close() : fleet_->Close(); }

}  // namespace vagram
