#ifndef CORE_WORKER_RUN_WORKER_H_
#define CORE_WORKER_RUN_WORKER_H_

#include <functional>

#include "absl/status/status.h"
#include "core/base/stop.h"
#include "core/worker/exit_codes.h"
#include "core/worker/session.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// The main function of every worker: logging, signals, command line and session, then `body`,
// which runs until its work is done or its Stop is tripped. Logs how it ended and returns the
// process's exit code (exit_codes.h). The first SIGTERM or SIGINT trips the session's leave(), and
// after the grace that the orchestrator grants the worker's Stop; the second ends the process.
int RunWorker(int argc, char** argv, v1::Role role,
              const std::function<absl::Status(WorkerSession&, Stop&)>& body);

}  // namespace vagram

#endif  // CORE_WORKER_RUN_WORKER_H_
