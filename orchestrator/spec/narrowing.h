#ifndef ORCHESTRATOR_SPEC_NARROWING_H_
#define ORCHESTRATOR_SPEC_NARROWING_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/yaml/yaml_tree.h"
#include "orchestrator/spec/sweep.h"

namespace vagram {

// What the command line did to a sweep, by the settings that did it: KEY=VALUE.
struct Narrowing {
  std::vector<std::string> chosen;    // of the sweep only what has it is left
  std::vector<std::string> replaced;  // nothing of the sweep has it: it stands in place of the rest

  bool narrowed() const { return !chosen.empty() || !replaced.empty(); }
};

// What a key's value sets: keys that are no groups, with their values in one way of writing, so
// that 1e-3 and 0.001 are equal, and Hopper and Hopper-v4. "" stands for a value at fault.
std::map<std::string, std::string> SettingsOf(absl::string_view key, const YamlNode& value);

// Adapts a sweep to the settings that the command line has decided, one after the other. Where a
// factor has choices with the decided value, these are left, and those go that do not name the key;
// where it has none, all stay. Then the decided keys are taken out of the choices, and of equal
// ones the first stays. A factor that names none of the keys remains as it is.
Narrowing Narrow(const std::map<std::string, std::string>& decided,
                 std::vector<SweepFactor>* factors);

}  // namespace vagram

#endif  // ORCHESTRATOR_SPEC_NARROWING_H_
