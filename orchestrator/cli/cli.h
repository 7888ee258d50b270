#ifndef ORCHESTRATOR_CLI_CLI_H_
#define ORCHESTRATOR_CLI_CLI_H_

#include <string>
#include <vector>

#include "orchestrator/cli/console.h"

namespace vagram::cli {

// The whole command line: parses `words` (without the program's name), runs the command and
// returns the exit code. What the user sees goes to `console`.
int RunCommandLine(const std::vector<std::string>& words, Console& console);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_CLI_H_
