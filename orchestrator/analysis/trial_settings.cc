#include "orchestrator/analysis/trial_settings.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "orchestrator/analysis/config_values.h"

namespace vagram::analysis {
namespace {

constexpr absl::string_view kTaskKeys[] = {"env.plugin", "env.id", "env.task"};
constexpr char kFilesOf[] = "(maybe) the files of ";  // a task; completes "they differ in"

bool HasModel(const Settings& settings) {
  const auto algorithm = settings.find("algorithm");
  return algorithm == settings.end() || algorithm->second != "sac";
}

bool IsOfTheModel(const std::string& key) {
  return absl::StartsWith(key, "model.") || absl::StartsWith(key, "imagine.") ||
         absl::StartsWith(key, "diagnose.");
}

std::vector<std::string> KeysWithin(const Settings& settings, const std::string& group) {
  std::vector<std::string> keys;
  for (auto key = settings.lower_bound(group); key != settings.end(); ++key) {
    if (!absl::StartsWith(key->first, group)) break;
    if (IsWithin(key->first, group)) keys.push_back(key->first);
  }
  return keys;
}

std::optional<std::string> ValueOf(const Settings& settings, const std::string& key) {
  const auto found = settings.find(key);
  if (found == settings.end()) return std::nullopt;
  return found->second;
}

}  // namespace

bool IsWithin(const std::string& key, const std::string& group) {
  return key == group || absl::StartsWith(key, absl::StrCat(group, "."));
}

Settings SettingsOf(const RecordedTrial& recorded) {
  Settings settings = ConfigValues(recorded.trial.config());
  settings.erase("seed");
  for (const auto& [key, value] : recorded.trial.overrides()) {
    if (KeysWithin(settings, key).empty()) settings[key] = value;
  }
  const v1::EnvConfig& env = recorded.trial.config().env();
  if (!env.task().empty() || !env.plugin().empty()) {
    settings[absl::StrCat(kFilesOf, TaskOf(settings))] = recorded.experiment;
  }
  if (HasModel(settings)) return settings;
  for (auto setting = settings.begin(); setting != settings.end();) {
    setting = IsOfTheModel(setting->first) ? settings.erase(setting) : std::next(setting);
  }
  return settings;
}

std::vector<std::string> SweptKeys(absl::Span<const RecordedTrial> trials,
                                   absl::Span<const Settings> all) {
  std::vector<const Settings*> pointers;
  for (const Settings& settings : all) pointers.push_back(&settings);
  std::set<std::string> groups, swept;
  for (size_t i = 0; i < trials.size(); ++i) {
    for (const auto& [key, value] : trials[i].trial.overrides()) {
      const bool is_group = all[i].count(key) == 0 && !KeysWithin(all[i], key).empty();
      (is_group ? groups : swept).insert(key);
    }
  }
  if (!groups.empty()) {
    for (const std::string& group : groups) swept.erase(group);  // of a trial that reads none of it
    for (const std::string& key : KeysThatDiffer(pointers)) {
      for (const std::string& group : groups) {
        if (IsWithin(key, group)) swept.insert(key);
      }
    }
  }
  return {swept.begin(), swept.end()};
}

bool Sweeps(const RecordedTrial& recorded, const std::string& key) {
  const auto& overrides = recorded.trial.overrides();
  return std::any_of(overrides.begin(), overrides.end(),
                     [&](const auto& named) { return IsWithin(key, named.first); });
}

std::string TaskOf(const Settings& settings) {
  std::vector<std::string> names;
  for (const absl::string_view key : kTaskKeys) {
    const auto found = settings.find(std::string(key));
    if (found != settings.end() && !found->second.empty()) names.push_back(found->second);
  }
  return absl::StrJoin(names, ":");
}

bool IsTaskKey(const std::string& key) {
  return std::find(std::begin(kTaskKeys), std::end(kTaskKeys), key) != std::end(kTaskKeys);
}

std::vector<std::string> KeysThatDiffer(const std::vector<const Settings*>& all) {
  std::map<std::string, const Settings*> first_with;
  for (const Settings* settings : all) {
    for (const auto& [key, value] : *settings) first_with.emplace(key, settings);
  }
  std::vector<std::string> differing;
  for (const auto& [key, first] : first_with) {
    const bool differs = std::any_of(all.begin(), all.end(), [&](const Settings* settings) {
      if (settings->count(key) == 0 && (absl::StartsWith(key, kFilesOf) || !HasModel(*settings))) {
        return false;
      }
      return ValueOf(*settings, key) != ValueOf(*first, key);
    });
    if (differs) differing.push_back(key);
  }
  return differing;
}

std::set<std::string> KeysThatGoWithTheTask(absl::Span<const Settings> all,
                                            const std::vector<std::string>& keys) {
  std::set<std::string> with_the_task;
  for (const std::string& key : keys) {
    std::set<std::optional<std::string>> values;
    std::map<std::string, std::set<std::optional<std::string>>> values_of;  // by task
    for (const Settings& settings : all) {
      const std::optional<std::string> value = ValueOf(settings, key);
      values_of[TaskOf(settings)].insert(value);
      values.insert(value);
    }
    bool one_each = values.size() > 1;
    for (const auto& [task, of_task] : values_of) one_each = one_each && of_task.size() == 1;
    if (one_each) with_the_task.insert(key);
  }
  return with_the_task;
}

}  // namespace vagram::analysis
