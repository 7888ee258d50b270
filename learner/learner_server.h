#ifndef LEARNER_LEARNER_SERVER_H_
#define LEARNER_LEARNER_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/stop.h"
#include "core/base/time_use.h"
#include "core/env/task.h"
#include "core/rpc/server.h"
#include "learner/actor_fleet.h"
#include "learner/actor_pool.h"
#include "learner/collector.h"
#include "learner/learner_service.h"
#include "learner/sac/sac.h"
#include "learner/snapshot_board.h"
#include "proto/spec.pb.h"

namespace vagram {

// What a trial's other processes find at the learner's address: the service over the board and over
// whoever leads the actors. Thread-safe as far as its parts are.
class LearnerServer {
 public:
  struct Options {
    std::string trial_id;
    int64_t attempt = 0;
    std::string token;
    TimeUse* time_use = nullptr;  // may be null; not owned
  };

  // `stop` ends every wait, `leave` those for actors that are not there.
  //   INVALID_ARGUMENT: a configuration that cannot run.   Others: as RpcServer::Start.
  static absl::StatusOr<std::unique_ptr<LearnerServer>> Start(const Options& options,
                                                              const v1::TrialConfig& config,
                                                              const Task& task, Stop* stop,
                                                              Stop* leave);

  // Closes the actors first, also where an exception passes by: gRPC waits for handlers, and those
  // of the actors for commands.
  ~LearnerServer();

  const std::string& address() const { return server_->address(); }
  SnapshotBoard& board() { return board_; }
  // One of the two: actors take turns with the updates, or run ahead of them (async).
  Collector* actors() { return pool_.get(); }
  AheadCollector* ahead() { return fleet_.get(); }

  // Tells the actors that the trial is over. Idempotent.
  void CloseActors();

  void Shutdown(absl::Duration grace) { server_->Shutdown(grace); }

 private:
  LearnerServer(const Options& options, const v1::TrialConfig& config, const Task& task,
                SacOptions sac, Stop* stop, Stop* leave);

  SnapshotBoard board_;
  std::unique_ptr<ActorPool> pool_;
  std::unique_ptr<ActorFleet> fleet_;
  std::unique_ptr<LearnerService> service_;
  std::unique_ptr<RpcServer> server_;  // set by Start
};

}  // namespace vagram

#endif  // LEARNER_LEARNER_SERVER_H_
