#ifndef ORCHESTRATOR_CLI_REFERENCE_H_
#define ORCHESTRATOR_CLI_REFERENCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "orchestrator/cli/command_description.h"

namespace vagram::cli {

// Every command with its options and an example, exit codes and environment, as Markdown.
std::string CommandReference(const CommandDescription& program);

// `page` with what stands between the reference's two marker lines replaced by the reference.
//   INVALID_ARGUMENT: the page lacks a marker.
absl::StatusOr<std::string> WithCommandReference(absl::string_view page,
                                                 const CommandDescription& program);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_REFERENCE_H_
