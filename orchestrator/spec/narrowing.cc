#include "orchestrator/spec/narrowing.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/yaml/faults.h"
#include "orchestrator/spec/config_yaml.h"
#include "orchestrator/spec/constraints.h"
#include "orchestrator/spec/settings.h"

namespace vagram {
namespace {

using Choice = std::vector<SweptValue>;
using Decided = std::map<std::string, std::string>;

// Whether `key` is `group` or stands in it.
bool IsIn(const std::string& key, const std::string& group) {
  return key == group || absl::StartsWith(key, absl::StrCat(group, "."));
}

// What the choice sets the key to, if it does.
std::optional<std::string> ValueIn(const Choice& choice, const std::string& key) {
  for (const SweptValue& swept : choice) {
    if (!IsIn(key, swept.key)) continue;
    const std::map<std::string, std::string> settings = SettingsOf(swept.key, *swept.value);
    const auto found = settings.find(key);
    if (found != settings.end()) return found->second;
  }
  return std::nullopt;
}

// Whether the command line decides everything that the value would set.
bool IsDecided(const SweptValue& swept, const Decided& decided) {
  const std::map<std::string, std::string> settings = SettingsOf(swept.key, *swept.value);
  return !settings.empty() &&
         std::all_of(settings.begin(), settings.end(),
                     [&](const auto& setting) { return decided.count(setting.first) > 0; });
}

void TakeOut(const Decided& decided, SweepFactor* factor) {
  std::vector<Choice> left;
  std::set<std::string> seen;
  for (Choice& choice : factor->choices) {
    choice.erase(std::remove_if(choice.begin(), choice.end(),
                                [&](const SweptValue& swept) { return IsDecided(swept, decided); }),
                 choice.end());
    std::string text;
    for (const SweptValue& swept : choice) {
      absl::StrAppend(&text, swept.key, "=", swept.value->Flow(), " ");
    }
    if (seen.insert(text).second) left.push_back(std::move(choice));
  }
  factor->choices = std::move(left);
}

}  // namespace

std::map<std::string, std::string> SettingsOf(absl::string_view key, const YamlNode& value) {
  Settings settings;
  Faults faults;  // are told where the value is laid over a trial
  Assign(key, value.at, value, Layer::kSet, &settings, &faults);
  v1::EnvConfig& env = *settings.config.mutable_env();
  env.set_id(CompleteTaskId(env.id()));
  std::map<std::string, std::string> texts;
  for (const auto& [name, origin] : settings.origins) {
    texts[name] = settings.refused.count(name) > 0 ? "" : ValueToYaml(settings.config, name);
  }
  return texts;
}

Narrowing Narrow(const Decided& decided, std::vector<SweepFactor>* factors) {
  Narrowing narrowing;
  for (SweepFactor& factor : *factors) {
    bool concerned = false;
    for (const auto& [key, value] : decided) {
      std::vector<Choice> having;
      bool named = false;
      for (const Choice& choice : factor.choices) {
        const std::optional<std::string> found = ValueIn(choice, key);
        named |= found.has_value();
        if (found == value) having.push_back(choice);
      }
      if (!named) continue;
      concerned = true;
      if (having.empty()) {
        narrowing.replaced.push_back(absl::StrCat(key, "=", value));
      } else if (having.size() < factor.choices.size()) {
        narrowing.chosen.push_back(absl::StrCat(key, "=", value));
        factor.choices = std::move(having);
      }
    }
    if (concerned) TakeOut(decided, &factor);
  }
  return narrowing;
}

}  // namespace vagram
