#ifndef ORCHESTRATOR_CLI_BECOME_PROGRAM_H_
#define ORCHESTRATOR_CLI_BECOME_PROGRAM_H_

#include <string>
#include <vector>

#include "orchestrator/cli/console.h"

namespace vagram::cli {

// Lets another program of this build, such as actor/render, take this one's place: it links what
// this one must not (physics, LibTorch), and its output, interruption and exit code are then the
// user's without a go-between. Returns only when it cannot be run, with the exit code, having said
// why.
int BecomeProgram(const std::string& program, const std::vector<std::string>& arguments,
                  Console& console);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_BECOME_PROGRAM_H_
