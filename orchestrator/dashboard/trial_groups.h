#ifndef ORCHESTRATOR_DASHBOARD_TRIAL_GROUPS_H_
#define ORCHESTRATOR_DASHBOARD_TRIAL_GROUPS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "orchestrator/dashboard/metric_series.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// Trials that are shown as one curve: all of a task that have the same values of some swept keys.
struct TrialGroup {
  std::string task;  // empty: the experiment sweeps none, or this trial leaves it as it was
  // "model.loss=vagram"; "base" where the trial sets none of the keys, "all trials" without keys.
  std::string name;
  std::vector<const v1::Trial*> trials;
};

// Swept keys that tell trials apart, in order; neither the seed nor what goes with the task.
struct SweptKeys {
  std::vector<std::string> task;   // that name the task
  std::vector<std::string> group;  // that can tell groups of one task apart
};

SweptKeys SweptKeysOf(const v1::Experiment& experiment);

// The trials of `experiment` with one of `indices` (empty: all of them), grouped by their task and
// the values of `keys`, in order of their first trial. The key `seed` tells every trial apart.
std::vector<TrialGroup> GroupTrials(const v1::Experiment& experiment,
                                    absl::Span<const int64_t> indices,
                                    absl::Span<const std::string> keys);

// "0-9,12": numbers and ranges in ascending order, as queries name many trials.
//   INVALID_ARGUMENT: another text, or a number above `most`.
absl::StatusOr<std::vector<int64_t>> ParseIndices(absl::string_view text, int64_t most);

// How the series of a group's trials lie at each step, column by column.
struct Band {
  std::vector<int64_t> steps;
  std::vector<int> count;  // trials with a value there
  std::vector<double> mean;
  std::vector<double> standard_error;  // of the mean; 0 for one trial
  std::vector<double> lowest;
  std::vector<double> lower_quartile;
  std::vector<double> median;
  std::vector<double> upper_quartile;
  std::vector<double> highest;
};

// At the steps of the trials, or, where these have more than `max_points`, at as many evenly spaced
// ones. A trial's value at a step is the mean of what it reported nearer to that step than to the
// next ones, else interpolated; before its first and after its last point it has none.
Band BandOf(absl::Span<const MetricSeries* const> trials, size_t max_points);

}  // namespace vagram

#endif  // ORCHESTRATOR_DASHBOARD_TRIAL_GROUPS_H_
