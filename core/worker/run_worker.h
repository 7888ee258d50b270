#ifndef CORE_WORKER_RUN_WORKER_H_
#define CORE_WORKER_RUN_WORKER_H_

#include <functional>

#include "absl/status/status.h"
#include "core/base/stop.h"
#include "core/worker/session.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// The main function of every worker: logging, signals, command line and session, then `body`,
// which runs until its work is done or its Stop is tripped. Logs how it ended and returns the
// process's exit code:
//   0  done, or told to stop by a signal, the orchestrator or a newer attempt
//   1  failed, or lost the orchestrator
//   2  bad command line
int RunWorker(int argc, char** argv, v1::Role role,
              const std::function<absl::Status(WorkerSession&, Stop&)>& body);

}  // namespace vagram

#endif  // CORE_WORKER_RUN_WORKER_H_
