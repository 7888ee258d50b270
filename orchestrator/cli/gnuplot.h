#ifndef ORCHESTRATOR_CLI_GNUPLOT_H_
#define ORCHESTRATOR_CLI_GNUPLOT_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/stop.h"

namespace vagram::cli {

// Has the gnuplot of $PATH run the commands that `script_for(path)` returns, and returns the
// content of the file that they wrote to `path`, which lies in a folder of its own that is gone
// afterwards.
//   FAILED_PRECONDITION: there is no gnuplot, with the package that has it, or no temporary folder.
//   INTERNAL: gnuplot failed, with what it said.   CANCELLED: `interrupt` was tripped.
absl::StatusOr<std::string> DrawWithGnuplot(
    const std::function<std::string(const std::string& path)>& script_for, Stop* interrupt);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_GNUPLOT_H_
