#include "core/worker/run_worker.h"

#include <exception>
#include <iostream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/rpc/grpc_runtime.h"
#include "core/worker/flags.h"

namespace vagram {
namespace {

absl::Status Run(const std::function<absl::Status(WorkerSession&, Stop&)>& body,
                 WorkerSession& session, Stop& stop) {
  try {
    return body(session, stop);
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrCat("unexpected exception: ", e.what()));
  }
}

}  // namespace

int RunWorker(int argc, char** argv, v1::Role role,
              const std::function<absl::Status(WorkerSession&, Stop&)>& body) {
  PreferLatency();
  InitLogging(argv[0]);
  absl::StatusOr<WorkerFlags> flags = ParseWorkerFlags(argc, argv);
  if (!flags.ok()) {
    std::cerr << flags.status().message() << std::endl;
    return kExitUsage;
  }
  Stop stop, leave;
  const SignalThread signals(&leave);
  WorkerSession::Options options;
  options.orchestrator = flags->orchestrator;
  options.trial_id = flags->trial_id;
  options.attempt = flags->attempt;
  options.role = role;
  options.index = flags->index;
  options.stop = &stop;
  options.leave = &leave;
  absl::StatusOr<std::unique_ptr<WorkerSession>> session =
      WorkerSession::Create(std::move(options));
  if (!session.ok()) {
    std::cerr << session.status().message() << std::endl;
    return kExitUsage;
  }

  LOG(INFO) << "worker_started role=" << v1::Role_Name(role) << " index=" << flags->index
            << " trial=" << flags->trial_id << " attempt=" << flags->attempt;
  const absl::Status outcome = Run(body, **session, stop);
  if (outcome.ok()) {
    LOG(INFO) << "worker_done";
    return kExitDone;
  }
  const bool told_to_stop = (stop.tripped() || leave.tripped()) && !(*session)->lost() &&
                            (absl::IsCancelled(outcome) || absl::IsAborted(outcome));
  if (told_to_stop) {
    const bool requeue = leave.tripped() && !(*session)->dismissed();
    LOG(INFO) << "worker_stopped reason=\"" << (requeue ? leave : stop).reason() << "\"";
    return requeue ? kExitRequeue : kExitDone;
  }
  LOG(ERROR) << "worker_failed status=\"" << outcome << "\""
             << (stop.tripped() ? absl::StrCat(" stop=\"", stop.reason(), "\"") : "");
  return kExitFailed;
}

}  // namespace vagram
