#ifndef ORCHESTRATOR_CLI_USAGE_ERROR_H_
#define ORCHESTRATOR_CLI_USAGE_ERROR_H_

#include <string>
#include <vector>

#include "orchestrator/cli/command_description.h"

namespace vagram::cli {

// What the user is told about `words`, which `program` does not take for the reason `what`: the
// word that is wrong, the nearest right one where there is one, and where to read more. `words` is
// not empty.
std::string UsageError(const CommandDescription& program, const std::vector<std::string>& words,
                       const std::string& what);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_USAGE_ERROR_H_
