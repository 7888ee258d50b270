#ifndef ORCHESTRATOR_CLI_EXPERIMENT_TABLES_H_
#define ORCHESTRATOR_CLI_EXPERIMENT_TABLES_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "orchestrator/cli/table.h"
#include "proto/orchestrator.pb.h"

namespace vagram::cli {

Color StateColor(v1::TrialState state);
Color StateColor(v1::ExperimentState state);

// `list`: one experiment per row.
Table ExperimentTable(const google::protobuf::RepeatedPtrField<v1::Experiment>& experiments,
                      absl::Time now);

// `status ID`: one trial per row, with what it does, or why it failed or restarted.
Table TrialTable(const v1::Experiment& experiment, absl::Time now);

// While an experiment is watched: one trial per row, with a bar.
Table ProgressTable(const std::vector<const v1::Trial*>& trials);

// `status ID`: one worker process per row.
Table WorkerTable(const v1::Experiment& experiment, absl::Time now);

// The end of `run`: one trial per row, with its final return and folder.
Table ResultTable(const v1::Experiment& experiment, absl::Time now);

// "3 quickstart: running, 1 of 4 trials done, 2 running, 1 queued".
std::string Summary(const v1::Experiment& experiment);

// One line per ended trial that did not succeed: its id, state and reason, and where its logs lie.
std::vector<std::string> FailureLines(const v1::Experiment& experiment);

// A bar of `width` characters for step of num_steps.
std::string ProgressBar(int64_t step, int64_t num_steps, int width);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_EXPERIMENT_TABLES_H_
