#ifndef ORCHESTRATOR_CLI_COMPARISON_TEXT_H_
#define ORCHESTRATOR_CLI_COMPARISON_TEXT_H_

#include <string>
#include <vector>

#include "orchestrator/analysis/comparison.h"
#include "orchestrator/cli/terminal_text.h"

namespace vagram::cli {

// A comparison for people: a table per stratum, the pairs, then what was left out and what the
// numbers do not show. No line is longer than `columns`: in narrow ones statistics are left out,
// which is said.
std::vector<std::string> ComparisonLines(const analysis::GroupedTrials& trials,
                                         const analysis::Comparison& comparison,
                                         const analysis::ComparisonOptions& options, bool color,
                                         int columns = kAnyWidth);

// The same for programs; the schema is in docs/statistics.md. Numbers that are not finite are null.
std::string ComparisonJson(const analysis::GroupedTrials& trials,
                           const analysis::Comparison& comparison,
                           const analysis::ComparisonOptions& options);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_COMPARISON_TEXT_H_
