#ifndef ORCHESTRATOR_CLI_FOLDER_H_
#define ORCHESTRATOR_CLI_FOLDER_H_

#include <string>

#include "absl/status/status.h"

namespace vagram::cli {

// Makes the folder, and those that it lies in, where they are not there yet.
//   FAILED_PRECONDITION: it cannot be made, or is something else.
absl::Status MakeFolder(const std::string& folder);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_FOLDER_H_
