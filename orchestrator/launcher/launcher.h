#ifndef ORCHESTRATOR_LAUNCHER_LAUNCHER_H_
#define ORCHESTRATOR_LAUNCHER_LAUNCHER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace vagram {

// One worker to be started somewhere.
struct WorkerCommand {
  std::string name;                                // such as learner.0, unique within the attempt
  std::vector<std::string> args;                   // the program's path first
  std::map<std::string, std::string> environment;  // added to the launcher's own
  std::string log_file;                            // stdout and stderr are appended to it
  std::string log_heading;                         // first line of this attempt in the log
};

// What finds a started worker again, also for a launcher in another process. `pid` and `host` are
// for people; `incarnation` is the launcher's own (start time, job id, ...) and tells the worker
// from anything that carries the same number later.
struct Process {
  std::string host;
  int64_t pid = 0;
  std::string incarnation;
};

// How a process ended; neither is known when another orchestrator started it.
struct Exit {
  std::optional<int> code;
  std::optional<int> signal;
};

// Starts and ends workers: as local processes here; Slurm jobs or pods fit behind the same calls.
// Workers outlive the launcher and find each other through the orchestrator, so an implementation
// promises no shared parent, host, folder or port. Thread-safe. Calls return promptly: they never
// wait for a worker to end.
class Launcher {
 public:
  virtual ~Launcher() = default;

  // Starts the worker. An error means that nothing runs.
  //   RESOURCE_EXHAUSTED: there is no room on the disk, which is no fault of the worker.
  virtual absl::StatusOr<Process> Launch(const WorkerCommand& command) = 0;

  // Asks the process to end (SIGTERM), or ends it (SIGKILL). OK too when it is gone.
  virtual absl::Status Terminate(const Process& process) = 0;
  virtual absl::Status Kill(const Process& process) = 0;

  // nullopt while the process runs, how it ended afterwards. Code and signal are told once; asking
  // again answers with an Exit that knows neither. An error leaves open whether it runs.
  virtual absl::StatusOr<std::optional<Exit>> Poll(const Process& process) = 0;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_LAUNCHER_LAUNCHER_H_
