#ifndef ORCHESTRATOR_SPEC_EXPERIMENT_H_
#define ORCHESTRATOR_SPEC_EXPERIMENT_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "orchestrator/early_stopping.h"
#include "orchestrator/spec/config_yaml.h"  // IWYU pragma: export
#include "orchestrator/spec/narrowing.h"    // IWYU pragma: export
#include "orchestrator/spec/presets.h"      // IWYU pragma: export
#include "proto/orchestrator.pb.h"

namespace vagram {

// One trial of an experiment: a point of its sweep with one seed.
struct ResolvedTrial {
  std::string label;  // "model.loss=vagram seed=1": swept keys, then seed
  std::map<std::string, std::string> overrides;  // swept keys and their values, without the seed
  v1::TrialConfig config;                        // complete
};

struct ResolvedExperiment {
  std::string name;
  int restarts = 0;        // of one trial, at most
  int priority = 0;        // of its queued trials over those of other experiments
  bool fail_fast = false;  // one trial that fails for good cancels the others
  bool tuning = false;     // its seeds are the file's tuning_seeds
  std::optional<EarlyStopping> early_stopping;
  Narrowing narrowing;                // of the sweep, by the command line
  std::vector<ResolvedTrial> trials;  // the sweep in the order of the file, seeds innermost
  std::vector<v1::UserTask> tasks;    // every env.task that a trial has, once
};

// What an experiment file refers to by its path.
struct SpecSurroundings {
  std::string folder;  // absolute; where relative paths begin

  // The task file at a path as the experiment file has it, complete and checked. What is wrong with
  // it becomes a fault of the experiment. Without it every env.task is one.
  std::function<absl::StatusOr<v1::UserTask>(const std::string& path)> read_task;
};

// Turns an experiment file (docs/experiment_file.md) into its trials. Layers, later ones win:
// defaults, preset, base and resources, sweep, overrides. An override that names a swept key
// narrows the sweep (narrowing.h).
//   yaml: the file's text. file: its name, for messages and for the experiment's default name.
//   overrides: "key=value", the value YAML; keys of the configuration and name, preset, seeds,
//     tuning_seeds, restarts, priority, on_failure, early_stopping.
//   surroundings: a plug-in's path becomes absolute; task files are read once each.
//   tuning: run with the file's tuning_seeds in place of its seeds.
// INVALID_ARGUMENT: every fault of file and overrides (FieldFaults of core/rpc/status.h), each with
// its place. Any input is safe. Thread-safe.
absl::StatusOr<ResolvedExperiment> ResolveExperiment(absl::string_view yaml, absl::string_view file,
                                                     absl::Span<const std::string> overrides,
                                                     const SpecSurroundings& surroundings = {},
                                                     bool tuning = false);

// Every key that an override may name: of the file, then of the configuration.
std::vector<std::string> SettableKeys();

}  // namespace vagram

#endif  // ORCHESTRATOR_SPEC_EXPERIMENT_H_
