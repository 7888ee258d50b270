#ifndef ORCHESTRATOR_CLI_RESOLVED_TRIALS_H_
#define ORCHESTRATOR_CLI_RESOLVED_TRIALS_H_

#include <string>
#include <vector>

#include "orchestrator/spec/experiment.h"

// What an experiment file resolves to, as `check` and the dry runs print it. Values in, text out.
namespace vagram::cli {

// A table with one trial per row: its label, which has the swept keys and the seed, and what it is
// about. No line is longer than `columns`.
std::vector<std::string> ResolvedLines(const ResolvedExperiment& experiment, bool color,
                                       int columns);

// "demo: 4 trials, up to 3 restarts each", and what else is not as usual.
std::string ResolvedSummary(const ResolvedExperiment& experiment);

// The trials with their whole configurations.
std::string ResolvedJson(const ResolvedExperiment& experiment);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_RESOLVED_TRIALS_H_
