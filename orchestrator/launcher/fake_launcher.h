#ifndef ORCHESTRATOR_LAUNCHER_FAKE_LAUNCHER_H_
#define ORCHESTRATOR_LAUNCHER_FAKE_LAUNCHER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "orchestrator/launcher/launcher.h"

namespace vagram {

// Processes that exist in a table only: a test decides when and how they end. The table is the
// machine, so it outlives the orchestrators of a test as real processes do. Thread-safe.
class FakeLauncher : public Launcher {
 public:
  absl::StatusOr<Process> Launch(const WorkerCommand& command) override;
  absl::Status Terminate(const Process& process) override;
  absl::Status Kill(const Process& process) override;
  absl::StatusOr<std::optional<Exit>> Poll(const Process& process) override;

  // The test's side. Ends a process.
  void End(int64_t pid, Exit exit);
  // Processes launched from now on stay when asked to end; only Kill ends them.
  void IgnoreTerminate(bool ignore);
  // Every Launch answers with this from now on; OK lets them through again.
  void FailLaunches(absl::Status status);
  // Forgets how processes ended, as the next orchestrator process does.
  void Restart();

  // Commands in order of launch; pid 1 is the first one's.
  std::vector<WorkerCommand> launched() const;
  // Pids of running processes whose command has this name, oldest first; all for an empty name.
  std::vector<int64_t> running(const std::string& name = "") const;
  // How often processes were asked to end.
  int terminations() const;
  int terminations(int64_t pid) const;

 private:
  struct Entry {
    WorkerCommand command;
    bool ignores_terminate = false;
    int terminations = 0;
    std::optional<Exit> exit;
  };
  Entry* Find(const Process& process) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable absl::Mutex mu_;
  std::vector<Entry> entries_ ABSL_GUARDED_BY(mu_);  // entries_[pid - 1]
  absl::Status launch_status_ ABSL_GUARDED_BY(mu_);
  bool ignore_terminate_ ABSL_GUARDED_BY(mu_) = false;
  int terminations_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_LAUNCHER_FAKE_LAUNCHER_H_
