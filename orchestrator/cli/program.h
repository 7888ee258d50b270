#ifndef ORCHESTRATOR_CLI_PROGRAM_H_
#define ORCHESTRATOR_CLI_PROGRAM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace vagram::cli {

struct ProgramOutput {
  int exit_code = 0;
  std::string out;
  std::string err;
};

// Runs `command` (a program's path and its arguments) to its end with nothing on its stdin, and
// returns what it printed.   FAILED_PRECONDITION: there is no such program.   INTERNAL: it was
// killed, or the system refused.
absl::StatusOr<ProgramOutput> RunProgram(const std::vector<std::string>& command);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_PROGRAM_H_
