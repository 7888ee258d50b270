#ifndef ORCHESTRATOR_CLI_COMPLETION_H_
#define ORCHESTRATOR_CLI_COMPLETION_H_

#include <string>

#include "orchestrator/cli/command_description.h"

namespace vagram::cli {

// Scripts that complete a command line of `program`: its commands, options and choices, and by the
// kind of a value files (SPEC, FILE, PATH), folders (DIR), and what `program completion ids|keys|
// tasks` answers (ID, KEY, KEY=VALUE, TASK). Both are to be sourced; the zsh one also serves as
// _vagram in a folder of $fpath.
std::string BashCompletion(const CommandDescription& program);
std::string ZshCompletion(const CommandDescription& program);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_COMPLETION_H_
