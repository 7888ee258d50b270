#include "orchestrator/cli/trial_records.h"

#include <set>
#include <utility>

#include "core/base/status_macros.h"

namespace vagram::cli {

absl::StatusOr<std::vector<analysis::RecordedTrial>> ReadTrials(ExperimentsClient& client,
                                                                absl::Span<const std::string> ids) {
  std::vector<analysis::RecordedTrial> trials;
  std::set<std::string> seen;
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(v1::Experiment experiment, client.Get(id));
    for (v1::Trial& trial : *experiment.mutable_trials()) {
      if (!seen.insert(trial.id()).second) continue;
      analysis::RecordedTrial recorded;
      recorded.experiment = experiment.id();
      recorded.experiment_name = experiment.name();
      ASSIGN_OR_RETURN(recorded.rows, client.GetMetrics(trial.id()));
      recorded.trial = std::move(trial);
      trials.push_back(std::move(recorded));
    }
  }
  return trials;
}

analysis::GroupingOptions GroupingOf(const Arguments& arguments) {
  analysis::GroupingOptions options;
  options.by = arguments.by;
  if (!arguments.metric.empty()) options.metric = arguments.metric;
  options.at = arguments.at;
  options.unfinished = arguments.unfinished;
  return options;
}

}  // namespace vagram::cli
