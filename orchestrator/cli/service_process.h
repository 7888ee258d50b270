#ifndef ORCHESTRATOR_CLI_SERVICE_PROCESS_H_
#define ORCHESTRATOR_CLI_SERVICE_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/stop.h"
#include "orchestrator/cli/home.h"
#include "proto/orchestrator.pb.h"

namespace vagram::cli {

// The folder with actor/, learner/, model_server/ and orchestrator/: $VAGRAM_BIN_DIR, else where
// the build put this program.
std::string BinaryFolder();

// An orchestrator that this process started: in a session of its own, its output appended to
// HOME/logs/orchestrator.log. It goes on when this object is destroyed. Not thread-safe.
class ServiceProcess {
 public:
  struct Options {
    std::string home;
    std::string bin_dir;
    int port = 0;
    int slots = 1;
    std::optional<int> threads;                // unset: the service's own default
    std::optional<double> memory_gib;          // unset: the service's own default
    std::optional<int> dashboard_port;         // unset: the service's own default
    std::optional<int> preempt_grace_seconds;  // unset: the service's own default
    bool private_service = false;              // it ends when this process does
  };

  //   FAILED_PRECONDITION: the program is missing.   PERMISSION_DENIED: the folder.
  static absl::StatusOr<std::unique_ptr<ServiceProcess>> Start(const Options& options);

  pid_t pid() const { return pid_; }

  // Returns what the service of the home says of itself once it serves. That is another process
  // than this one where two were started at a time and the other was quicker.
  //   UNAVAILABLE: it has exited, or does not serve within `timeout`; with its last lines.
  absl::StatusOr<v1::ServiceInfo> WaitUntilServing(absl::Duration timeout, Stop* interrupt);

  bool HasExited();

  // Whether it has exited by itself and without an error, as after `vagram down`.
  bool HasExitedInOrder() { return HasExited() && in_order_; }

  // Asks it to end, and waits: it stops its workers first. After `grace` it is killed.
  //   DEADLINE_EXCEEDED: it had to be killed.
  absl::Status Terminate(absl::Duration grace);

 private:
  ServiceProcess(Options options, pid_t pid, std::string log_file, int64_t log_start)
      : options_(std::move(options)),
        pid_(pid),
        log_file_(std::move(log_file)),
        log_start_(log_start) {}

  // The last lines that this process wrote.
  std::string LastLines() const;

  const Options options_;
  const pid_t pid_;
  const std::string log_file_;
  const int64_t log_start_;  // size of the log before this start
  bool exited_ = false;
  bool in_order_ = false;
};

// Stops the service of `home`, which need not be this process's child, and waits until it is gone.
// The process is signalled only after it has answered as the recorded instance.
//   UNAVAILABLE: none is running.   DEADLINE_EXCEEDED: it is still stopping after `timeout`.
absl::StatusOr<ServiceRecord> StopService(const std::string& home, absl::Duration timeout,
                                          Stop* interrupt);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_SERVICE_PROCESS_H_
