#ifndef ORCHESTRATOR_ANALYSIS_GROUPING_H_
#define ORCHESTRATOR_ANALYSIS_GROUPING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/metrics/learning_curve.h"
#include "orchestrator/analysis/recorded_trial.h"

namespace vagram::analysis {

// The key that stands for a trial's experiment, as "3 hopper-losses".
constexpr char kExperimentKey[] = "experiment";

struct GroupingOptions {
  // Keys of the configuration, and kExperimentKey. Empty: every swept key but the task's and those
  // that go with it, and kExperimentKey when the configurations differ in something that no sweep
  // names.
  std::vector<std::string> by;
  std::string metric = "evaluate/return_mean";
  std::optional<int64_t> at;  // look there; unset: the end of the stratum's shortest run
  bool unfinished = false;    // also trials that have not succeeded, as far as they came
};

// One seed's curve.
struct Run {
  std::string trial;
  int64_t seed = 0;
  LearningCurve curve;
};

struct Group {
  std::vector<std::string> values;  // one per key
  std::string label;                // short, distinct from the other groups'
};

// What is the same for all groups that are compared: a task, with the swept keys that are not
// grouped by.
struct Stratum {
  std::string label;  // such as "Hopper-v4, env.distractors.dims=5"
  std::string task;
  StepRange range;                     // the steps that are looked at
  std::vector<std::vector<Run>> runs;  // [group]: its seeds, maybe none
};

struct LeftOut {
  std::string trial;
  std::string why;
  bool failed = false;
};

struct GroupedTrials {
  std::vector<std::string> keys;
  std::string metric;
  std::vector<Group> groups;  // in the order of their first trials; each has a run
  std::vector<Stratum> strata;
  std::vector<LeftOut> left_out;
  std::vector<std::string> warnings;
};

// Sorts trials into groups and strata. A trial that does not count is named in `left_out`: one that
// has not succeeded, has no value of the metric, none at `at`, or repeats another's configuration
// and seed, for equal ones give equal bits and no further evidence.
//   INVALID_ARGUMENT: a key or metric that there is not, with the nearest one.
//   FAILED_PRECONDITION: no trial counts, or the curves of a stratum have no step in common.
absl::StatusOr<GroupedTrials> GroupTrials(absl::Span<const RecordedTrial> trials,
                                          const GroupingOptions& options);

// Who is left out, a sentence for each reason: "3/4 is failed; so with 3/5, 3/6 and 18 more".
std::vector<std::string> LeftOutSentences(const GroupedTrials& trials);

}  // namespace vagram::analysis

#endif  // ORCHESTRATOR_ANALYSIS_GROUPING_H_
