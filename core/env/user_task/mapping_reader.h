#ifndef CORE_ENV_USER_TASK_MAPPING_READER_H_
#define CORE_ENV_USER_TASK_MAPPING_READER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/env/user_task/task_description.h"
#include "core/yaml/faults.h"
#include "core/yaml/yaml_tree.h"

namespace vagram {

// Reads the keys of one mapping of a task's file into variables. A key that is missing leaves its
// variable as it is; one whose value is not what was expected does too, and is a fault.
class MappingReader {
 public:
  // Every key must be one of `known`. `path`: what keys stand under in the faults, such as
  // "reward"; "" for the file itself.
  MappingReader(const YamlNode& mapping, absl::string_view path,
                const std::vector<std::string>& known, Faults* faults);

  // The value of `key`, or nullptr where there is none.
  const YamlNode* Find(absl::string_view key) const;

  // The same, and its absence is a fault. `expected`: what should stand there.
  const YamlNode* Require(absl::string_view key, absl::string_view expected);

  void Number(absl::string_view key, double* number);
  void PositiveNumber(absl::string_view key, double* number);
  void PositiveInteger(absl::string_view key, int most, int* number);
  void Text(absl::string_view key, std::string* text);

  // true.
  void True(absl::string_view key, bool* is_true);

  // [low, high].
  void Interval(absl::string_view key, Range* range);

  // A name.
  void Name(absl::string_view key, Reference* name);

  // [name, name].
  void Pair(absl::string_view key, Reference* from, Reference* to);

  // all, a name, a list of names, or {from: FIRST, to: LAST}.
  void Select(absl::string_view key, Selection* selection);

  void Fault(const Position& at, absl::string_view key, absl::string_view description);

 private:
  void Wrong(absl::string_view key, absl::string_view expected, const YamlNode& got);

  const YamlNode& mapping_;
  const std::string path_;
  Faults* const faults_;
};

// "unknown WHAT; did you mean ...?", or what there is where nothing is near.
std::string Unknown(absl::string_view what, absl::string_view wanted,
                    const std::vector<std::string>& known);

}  // namespace vagram

#endif  // CORE_ENV_USER_TASK_MAPPING_READER_H_
