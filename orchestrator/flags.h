#ifndef ORCHESTRATOR_FLAGS_H_
#define ORCHESTRATOR_FLAGS_H_

#include "absl/status/statusor.h"
#include "orchestrator/orchestrator.h"

namespace vagram {

// The orchestrator program's command line. INVALID_ARGUMENT: arguments that are no flags, or no
// home folder, a budget or a grace below 0. Ends the process itself on --help and on unknown flags.
absl::StatusOr<Orchestrator::Options> OptionsFromCommandLine(int argc, char** argv);

}  // namespace vagram

#endif  // ORCHESTRATOR_FLAGS_H_
