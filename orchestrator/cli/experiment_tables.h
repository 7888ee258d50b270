#ifndef ORCHESTRATOR_CLI_EXPERIMENT_TABLES_H_
#define ORCHESTRATOR_CLI_EXPERIMENT_TABLES_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "orchestrator/cli/table.h"
#include "proto/orchestrator.pb.h"

namespace vagram::cli {

// Some trials of an experiment, by pointers into it.
using TrialList = std::vector<const v1::Trial*>;

// All trials, or where they are more than `most` the urgent ones: failed and stalled ones first,
// then what runs. `left_out` says what is missing, such as "... and 180 more: 170 queued, 10
// succeeded"; it is empty where nothing is.
struct ShownTrials {
  TrialList trials;
  std::string left_out;
};
ShownTrials UrgentTrials(const v1::Experiment& experiment, int most);

Color StateColor(v1::TrialState state);
Color StateColor(v1::ExperimentState state);

// `list`: one experiment per row.
Table ExperimentTable(const google::protobuf::RepeatedPtrField<v1::Experiment>& experiments,
                      absl::Time now);

// Trials are shown as they are in `experiment`, labels as short as `columns` ask for (see
// LabelStyle); which of them tells trials apart depends on all trials of the experiment.

// `status ID`: one trial per row, with what it does, or why it failed or restarted.
std::vector<std::string> TrialLines(const v1::Experiment& experiment, const TrialList& trials,
                                    absl::Time now, bool color, int columns);

// While an experiment is watched: one trial per row, with a bar.
std::vector<std::string> ProgressTableLines(const v1::Experiment& experiment,
                                            const TrialList& trials, bool color, int columns);

// `status ID`: one worker process per row.
Table WorkerTable(const TrialList& trials, absl::Time now);

// The end of `run`: one trial per row, with its final return and folder.
std::vector<std::string> ResultLines(const v1::Experiment& experiment, absl::Time now, bool color,
                                     int columns);

// What is not as usual with the experiment: "priority 5, tuning, fail-fast"; mostly "".
std::string Peculiarities(const v1::Experiment& experiment);

// "3 quickstart: running, 1 of 4 trials done, 2 running, 1 queued".
std::string Summary(const v1::Experiment& experiment);

// One line per ended trial that did not succeed: its id, state and reason, and where its logs lie.
std::vector<std::string> FailureLines(const v1::Experiment& experiment);

// A bar of `width` characters for step of num_steps.
std::string ProgressBar(int64_t step, int64_t num_steps, int width);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_EXPERIMENT_TABLES_H_
