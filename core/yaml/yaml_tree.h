#ifndef CORE_YAML_YAML_TREE_H_
#define CORE_YAML_YAML_TREE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "core/yaml/faults.h"

namespace vagram {

// A YAML document as a plain tree: aliases are expanded, every node knows its place, and nothing
// is typed yet, because only the schema knows what a scalar should be.
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMapping };
  struct Entry;

  Kind kind = Kind::kNull;
  Position at;
  std::string text;             // of a scalar
  bool quoted = false;          // a scalar in quotes or block style: certainly a string
  std::vector<YamlNode> items;  // of a sequence
  std::vector<Entry> entries;   // of a mapping, in the order of the file, keys unique

  // What a person would call it: a list, a mapping, nothing, "the string 3", 3.
  std::string Describe() const;

  // The value on one line, such as vagram, [64,64] or {from:1,to:15}.
  std::string Flow() const;
};

struct YamlNode::Entry {
  std::string key;
  Position at;
  YamlNode value;
};

// Bounds on what is read: a file that a person wrote stays far below them.
constexpr size_t kMaxYamlBytes = 1 << 20;
constexpr int kMaxYamlDepth = 32;

// Reads one document. `source` is the name for positions; without `has_lines` (a command line
// argument) they name the source alone. Everything wrong goes to `faults`: text that is not YAML,
// several documents, keys that are not scalars or stand twice, tags, and what exceeds the bounds.
// Without a value the document cannot be read at all; an empty document is a null node.
absl::optional<YamlNode> ParseYaml(absl::string_view text, absl::string_view source, bool has_lines,
                                   Faults* faults);

}  // namespace vagram

#endif  // CORE_YAML_YAML_TREE_H_
