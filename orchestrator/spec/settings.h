#ifndef ORCHESTRATOR_SPEC_SETTINGS_H_
#define ORCHESTRATOR_SPEC_SETTINGS_H_

#include <map>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "core/yaml/faults.h"
#include "core/yaml/yaml_tree.h"
#include "proto/spec.pb.h"

namespace vagram {

// Where a value comes from; later ones win.
enum class Layer { kDefaults, kPreset, kBase, kSweep, kSet };

// A trial's configuration while its layers are laid over one another.
struct Settings {
  struct Origin {
    Layer layer;
    Position key_at;
    Position at;  // of the value
  };

  v1::TrialConfig config;
  std::map<std::string, Origin> origins;  // of every key that a layer set
  std::set<std::string> refused;          // keys whose value was at fault: not worth a second fault
};

// Sets the field (or, with a mapping, the fields) of `key` to what `value` says. `at`: where the
// key stands. Null unsets an optional field and leaves a group as it is; a number for a schedule
// makes it constant. Only one value per key and layer is accepted, except in kSet, where the last
// wins. A value of the wrong type or out of its rule's bounds is a fault and changes nothing.
void Assign(absl::string_view key, const Position& at, const YamlNode& value, Layer layer,
            Settings* settings, Faults* faults);

// Assigns every entry of a mapping; `group` is the key it stands under, "" for the configuration.
void AssignEntries(absl::string_view group, const YamlNode& mapping, Layer layer,
                   Settings* settings, Faults* faults);

// Reads `value` as a whole number within the bounds, for keys outside of TrialConfig.
bool ReadInteger(const YamlNode& value, absl::string_view key, int64_t min, int64_t max,
                 int64_t* number, Faults* faults);

}  // namespace vagram

#endif  // ORCHESTRATOR_SPEC_SETTINGS_H_
