#ifndef ORCHESTRATOR_SPEC_PRESETS_H_
#define ORCHESTRATOR_SPEC_PRESETS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace vagram {

// A named set of task defaults that ships with the program: experiments/presets/NAME.yaml.
struct PresetInfo {
  std::string name;     // such as mbpo/hopper
  std::string summary;  // one line
};

// Every preset, ordered by name. Thread-safe.
const std::vector<PresetInfo>& AllPresets();

// The file of a preset: a mapping of `summary` and `base`. nullptr: no such preset.
const std::string* PresetText(absl::string_view name);

// The configuration below every preset: orchestrator/spec/defaults.yaml.
absl::string_view DefaultsText();

}  // namespace vagram

#endif  // ORCHESTRATOR_SPEC_PRESETS_H_
