#ifndef ORCHESTRATOR_CLI_PROGRAM_H_
#define ORCHESTRATOR_CLI_PROGRAM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/stop.h"

namespace vagram::cli {

struct ProgramOutput {
  int exit_code = 0;
  std::string out;
  std::string err;
};

// Runs `command` (a program's path and its arguments) to its end with nothing on its stdin, and
// returns what it printed. A terminal's Ctrl-C reaches it as well as this process; when `interrupt`
// is tripped, by that or by SIGTERM to this process alone, it is sent SIGTERM and waited for. One
// that does not listen is left behind by the second signal, which ends this process.
//   FAILED_PRECONDITION: there is no such program.   CANCELLED: `interrupt` was tripped.
//   INTERNAL: it was killed, or the system refused.
absl::StatusOr<ProgramOutput> RunProgram(const std::vector<std::string>& command, Stop* interrupt);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_PROGRAM_H_
