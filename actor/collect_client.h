#ifndef ACTOR_COLLECT_CLIENT_H_
#define ACTOR_COLLECT_CLIENT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "core/base/stop.h"
#include "core/base/time_use.h"
#include "core/rpc/channel.h"
#include "proto/spec.pb.h"

namespace vagram {

struct CollectClientOptions {
  Endpoint learner;
  std::string trial_id;
  int64_t attempt = 0;
  int actor_index = 0;
  RetryPolicy reconnect;
  TimeUse* time_use =
      nullptr;  // executing is work, a learner that reads slowly blocks; may be null
};

// Works for the learner until it ends the stream: connects, says hello, answers commands. After a
// cut it connects again with a fresh collector, which the learner restores.
//   OK: the learner ended the trial.   CANCELLED: stop.   Otherwise the error that ended the work.
absl::Status ServeCommands(const CollectClientOptions& options, const v1::TrialConfig& config,
                           Stop* stop);

}  // namespace vagram

#endif  // ACTOR_COLLECT_CLIENT_H_
