#ifndef ORCHESTRATOR_LAUNCHER_LOCAL_LAUNCHER_H_
#define ORCHESTRATOR_LAUNCHER_LOCAL_LAUNCHER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "orchestrator/launcher/launcher.h"

namespace vagram {

// Workers as processes of this machine. Each gets a session of its own, so that it outlives the
// orchestrator and no terminal's signals reach it; stdin is /dev/null; no descriptor of ours leaks
// into it; signals are as a fresh login's. A process is named by pid and start time, hence a
// recycled pid is never signalled.
class LocalLauncher : public Launcher {
 public:
  LocalLauncher();

  absl::StatusOr<Process> Launch(const WorkerCommand& command) override;
  absl::Status Terminate(const Process& process) override;
  absl::Status Kill(const Process& process) override;
  absl::StatusOr<std::optional<Exit>> Poll(const Process& process) override;

 private:
  const std::string host_;
  absl::Mutex mu_;
  // Our children that have not been collected: pid to incarnation.
  absl::flat_hash_map<int64_t, std::string> children_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vagram

#endif  // ORCHESTRATOR_LAUNCHER_LOCAL_LAUNCHER_H_
