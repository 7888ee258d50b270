#ifndef ORCHESTRATOR_CLI_MAN_PAGE_H_
#define ORCHESTRATOR_CLI_MAN_PAGE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "orchestrator/cli/command_description.h"

namespace vagram::cli {

// The manual page vagram(1) in roff's man macros.
std::string ManPage(const CommandDescription& program, absl::string_view version);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_MAN_PAGE_H_
