#ifndef ORCHESTRATOR_CLI_TRIAL_RECORDS_H_
#define ORCHESTRATOR_CLI_TRIAL_RECORDS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "orchestrator/analysis/grouping.h"
#include "orchestrator/analysis/recorded_trial.h"
#include "orchestrator/cli/command_line.h"
#include "orchestrator/cli/experiments_client.h"

namespace vagram::cli {

// The trials of these experiments and trials with all their metrics, each once, in the order asked
// for.   NOT_FOUND: one of the ids.
absl::StatusOr<std::vector<analysis::RecordedTrial>> ReadTrials(ExperimentsClient& client,
                                                                absl::Span<const std::string> ids);

// Whether all ran with tuning seeds.   INVALID_ARGUMENT: some did and some did not, which says
// nothing about either.
absl::StatusOr<bool> AreTuning(absl::Span<const analysis::RecordedTrial> trials);

// What to say of trials that all did.
inline constexpr char kTuningNote[] = "tuning seeds: choose by them, report with others";

// What `compare` and `plot` were told about grouping.
analysis::GroupingOptions GroupingOf(const Arguments& arguments);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_TRIAL_RECORDS_H_
