#ifndef ORCHESTRATOR_SPEC_FILE_KEYS_H_
#define ORCHESTRATOR_SPEC_FILE_KEYS_H_

#include <string>
#include <vector>

#include "core/yaml/faults.h"
#include "core/yaml/yaml_tree.h"

namespace vagram {

// The experiment file's own keys: what stands beside the configuration of its trials.
const std::vector<std::string>& FileKeys();

// Those that --set may name.
const std::vector<std::string>& SettableFileKeys();

// What to tell someone who wrote a key at the top of a file that is none of FileKeys.
std::string UnknownFileKey(const std::string& key);

// The nearest of the names, for a message; "" for nothing. Longer texts are no misspelt names.
std::string NearestOf(const std::string& text, const std::vector<std::string>& names);

// The values of single keys. `value` is nullptr where neither file nor command line has the key.

// whole: the file, whose name the experiment's is derived from.
std::string ReadName(const YamlNode* value, const Position& whole, Faults* faults);
int ReadRestarts(const YamlNode* value, Faults* faults);
int ReadPriority(const YamlNode* value, Faults* faults);
bool ReadFailFast(const YamlNode* value, Faults* faults);  // of on_failure

}  // namespace vagram

#endif  // ORCHESTRATOR_SPEC_FILE_KEYS_H_
