#include "orchestrator/analysis/trial_settings.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/strings/match.h"
#include "orchestrator/analysis/config_values.h"

namespace vagram::analysis {
namespace {

bool HasModel(const Settings& settings) {
  const auto algorithm = settings.find("algorithm");
  return algorithm == settings.end() || algorithm->second != "sac";
}

bool IsOfTheModel(const std::string& key) {
  return absl::StartsWith(key, "model.") || absl::StartsWith(key, "imagine.") ||
         absl::StartsWith(key, "diagnose.");
}

std::optional<std::string> ValueOf(const Settings& settings, const std::string& key) {
  const auto found = settings.find(key);
  if (found == settings.end()) return std::nullopt;
  return found->second;
}

}  // namespace

Settings SettingsOf(const RecordedTrial& recorded) {
  Settings settings = ConfigValues(recorded.trial.config());
  settings.erase("seed");
  for (const auto& [key, value] : recorded.trial.overrides()) settings[key] = value;
  if (HasModel(settings)) return settings;
  for (auto setting = settings.begin(); setting != settings.end();) {
    setting = IsOfTheModel(setting->first) ? settings.erase(setting) : std::next(setting);
  }
  return settings;
}

std::string TaskOf(const Settings& settings) {
  for (const char* key : {"env.id", "env.task"}) {
    const auto found = settings.find(key);
    if (found != settings.end() && !found->second.empty()) return found->second;
  }
  return "";
}

bool IsTaskKey(const std::string& key) {
  return key == "env.id" || key == "env.task" || key == "env.plugin";
}

std::vector<std::string> KeysThatDiffer(const std::vector<const Settings*>& all) {
  std::map<std::string, const Settings*> first_with;
  for (const Settings* settings : all) {
    for (const auto& [key, value] : *settings) first_with.emplace(key, settings);
  }
  std::vector<std::string> differing;
  for (const auto& [key, first] : first_with) {
    const bool differs = std::any_of(all.begin(), all.end(), [&](const Settings* settings) {
      if (IsOfTheModel(key) && !HasModel(*settings)) return false;
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
