#include "orchestrator/spec/presets.h"

#include <map>

#include "core/base/logging.h"
#include "core/yaml/yaml_tree.h"

namespace vagram {
namespace {

struct EmbeddedFile {
  const char* name;
  const char* text;
};

// Both generated from the YAML files by the build.
constexpr EmbeddedFile kPresets[] = {
#include "orchestrator/spec/presets.inc"
};
constexpr EmbeddedFile kDefaults[] = {
#include "orchestrator/spec/defaults.inc"
};

const std::map<std::string, std::string, std::less<>>& Texts() {
  static const auto* const texts = [] {
    auto* all = new std::map<std::string, std::string, std::less<>>;
    for (const EmbeddedFile& file : kPresets) all->emplace(file.name, file.text);
    return all;
  }();
  return *texts;
}

std::string Summary(const std::string& name, const std::string& text) {
  Faults faults;
  const absl::optional<YamlNode> root = ParseYaml(text, name, true, &faults);
  CHECK(root.has_value()) << faults.ToStatus(name);  // part of the program, not of its input
  for (const YamlNode::Entry& entry : root->entries) {
    if (entry.key == "summary") return entry.value.text;
  }
  return "";
}

}  // namespace

const std::vector<PresetInfo>& AllPresets() {
  static const auto* const presets = [] {
    auto* all = new std::vector<PresetInfo>;
    for (const auto& [name, text] : Texts()) all->push_back({name, Summary(name, text)});
    return all;
  }();
  return *presets;
}

const std::string* PresetText(absl::string_view name) {
  const auto found = Texts().find(name);
  return found == Texts().end() ? nullptr : &found->second;
}

absl::string_view DefaultsText() { return kDefaults[0].text; }

}  // namespace vagram
