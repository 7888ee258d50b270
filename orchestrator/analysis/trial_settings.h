#ifndef ORCHESTRATOR_ANALYSIS_TRIAL_SETTINGS_H_
#define ORCHESTRATOR_ANALYSIS_TRIAL_SETTINGS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "orchestrator/analysis/recorded_trial.h"

namespace vagram::analysis {

// What a trial is, apart from its seed, such as "model.loss" -> "vagram".
using Settings = std::map<std::string, std::string>;

// The trial's configuration as it was resolved, so that 1.0e-3 is 0.001 whoever wrote it. Without
// what its algorithm does not read, as the loss of a model that sac has not. The files of a user's
// task are taken to be those of its experiment alone, for they may change between two.
Settings SettingsOf(const RecordedTrial& recorded);

// The keys that trials were swept over, sorted; of a key that names a group, as imagine.length
// does, those within that differ.
// `all`: the settings of each trial.
std::vector<std::string> SweptKeys(absl::Span<const RecordedTrial> trials,
                                   absl::Span<const Settings> all);

// Whether the trial's own item of a sweep names `key` or a group around it.
bool Sweeps(const RecordedTrial& recorded, const std::string& key);

// The task, or "" where the settings name none.
std::string TaskOf(const Settings& settings);
bool IsTaskKey(const std::string& key);

// Whether `key` is `group` or within it, as imagine.length.to is within imagine.length.
bool IsWithin(const std::string& key, const std::string& group);

// The keys of which not all have the same value, sorted. Of the model's, those that have one count.
std::vector<std::string> KeysThatDiffer(const std::vector<const Settings*>& all);

// Those of `keys` that go with the task, as a target entropy that is zipped with it: they differ
// between tasks and never within one.
std::set<std::string> KeysThatGoWithTheTask(absl::Span<const Settings> all,
                                            const std::vector<std::string>& keys);

}  // namespace vagram::analysis

#endif  // ORCHESTRATOR_ANALYSIS_TRIAL_SETTINGS_H_
