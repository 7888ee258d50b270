#include "orchestrator/cli/trial_records.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
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
      recorded.tuning = experiment.tuning();
      ASSIGN_OR_RETURN(recorded.rows, client.GetMetrics(trial.id()));
      recorded.trial = std::move(trial);
      trials.push_back(std::move(recorded));
    }
  }
  return trials;
}

absl::StatusOr<bool> AreTuning(absl::Span<const analysis::RecordedTrial> trials) {
  const analysis::RecordedTrial* tuning = nullptr;
  const analysis::RecordedTrial* reported = nullptr;
  for (const analysis::RecordedTrial& trial : trials) (trial.tuning ? tuning : reported) = &trial;
  if (tuning == nullptr || reported == nullptr) return tuning != nullptr;
  return absl::InvalidArgumentError(
      absl::StrCat("experiment ", tuning->experiment, " ran with tuning seeds and experiment ",
                   reported->experiment,
                   " did not; look at one kind at a time, for what a setting was chosen "
                   "by makes it look better than it is"));
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
