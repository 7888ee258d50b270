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

// Swept keys as the experiment file has them, the others as resolved. Without those that the
// trial's algorithm does not read, as the loss of a model that sac has not.
Settings SettingsOf(const RecordedTrial& recorded);

// The task, or "" where the settings name none.
std::string TaskOf(const Settings& settings);
bool IsTaskKey(const std::string& key);

// The keys of which not all have the same value, sorted. Of the model's, those that have one count.
std::vector<std::string> KeysThatDiffer(const std::vector<const Settings*>& all);

// Those of `keys` that go with the task, as a target entropy that is zipped with it: they differ
// between tasks and never within one.
std::set<std::string> KeysThatGoWithTheTask(absl::Span<const Settings> all,
                                            const std::vector<std::string>& keys);

}  // namespace vagram::analysis

#endif  // ORCHESTRATOR_ANALYSIS_TRIAL_SETTINGS_H_
