#include "core/env/user_task/mapping_reader.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/nearest.h"

namespace vagram {
namespace {

constexpr size_t kLongestName = 200;

bool ReadNumber(const YamlNode& node, double* number) {
  double read = 0;
  if (node.kind != YamlNode::Kind::kScalar || node.quoted) return false;
  if (!absl::SimpleAtod(node.text, &read) || !std::isfinite(read)) return false;
  *number = read;
  return true;
}

bool ReadInteger(const YamlNode& node, int least, int most, int* number) {
  int read = 0;
  if (node.kind != YamlNode::Kind::kScalar || node.quoted) return false;
  if (!absl::SimpleAtoi(node.text, &read) || read < least || read > most) return false;
  *number = read;
  return true;
}

bool ReadName(const YamlNode& node, Reference* name) {
  if (node.kind != YamlNode::Kind::kScalar || node.text.empty()) return false;
  if (node.text.size() > kLongestName) return false;
  *name = {node.text, node.at};
  return true;
}

bool ReadEntries(const YamlNode& node, std::pair<int, int>* entries) {
  constexpr int kMost = 1'000'000;
  if (node.entries.size() != 2 || node.entries[0].key != "from" || node.entries[1].key != "to") {
    return false;
  }
  return ReadInteger(node.entries[0].value, 0, kMost, &entries->first) &&
         ReadInteger(node.entries[1].value, entries->first, kMost, &entries->second);
}

}  // namespace

std::string Unknown(absl::string_view what, absl::string_view wanted,
                    const std::vector<std::string>& known) {
  if (known.empty()) return absl::StrCat("unknown ", what, "; there are none here");
  const std::string nearest = NearestName(wanted, known);
  if (!nearest.empty()) return absl::StrCat("unknown ", what, "; did you mean ", nearest, "?");
  constexpr size_t kMostNamed = 30;
  const bool cut = known.size() > kMostNamed;
  const std::vector<std::string> named(known.begin(),
                                       known.begin() + std::min(known.size(), kMostNamed));
  return absl::StrCat("unknown ", what, "; expected one of ", absl::StrJoin(named, ", "),
                      cut ? ", ..." : "");
}

MappingReader::MappingReader(const YamlNode& mapping, absl::string_view path,
                             const std::vector<std::string>& known, Faults* faults)
    : mapping_(mapping), path_(path), faults_(faults) {
  for (const YamlNode::Entry& entry : mapping.entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    Fault(entry.at, entry.key, Unknown("key", entry.key, known));
  }
}

const YamlNode* MappingReader::Find(absl::string_view key) const {
  for (const YamlNode::Entry& entry : mapping_.entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

const YamlNode* MappingReader::Require(absl::string_view key, absl::string_view expected) {
  const YamlNode* value = Find(key);
  if (value == nullptr) {
    Fault(mapping_.at, key, absl::StrCat("is missing; expected ", expected));
  }
  return value;
}

void MappingReader::Number(absl::string_view key, double* number) {
  const YamlNode* value = Find(key);
  if (value != nullptr && !ReadNumber(*value, number)) Wrong(key, "a number", *value);
}

void MappingReader::PositiveNumber(absl::string_view key, double* number) {
  const YamlNode* value = Find(key);
  double read = 0;
  if (value == nullptr) return;
  if (!ReadNumber(*value, &read) || read <= 0) return Wrong(key, "a number above 0", *value);
  *number = read;
}

void MappingReader::PositiveInteger(absl::string_view key, int most, int* number) {
  const YamlNode* value = Find(key);
  if (value != nullptr && !ReadInteger(*value, 1, most, number)) {
    Wrong(key, absl::StrCat("a whole number from 1 to ", most), *value);
  }
}

void MappingReader::Text(absl::string_view key, std::string* text) {
  Reference name;
  Name(key, &name);
  if (!name.text.empty()) *text = Printable(name.text, kLongestName);
}

void MappingReader::True(absl::string_view key, bool* is_true) {
  const YamlNode* value = Find(key);
  if (value == nullptr) return;
  if (value->text != "true" || value->quoted) {
    return Wrong(key, "true (leave the key away otherwise)", *value);
  }
  *is_true = true;
}

void MappingReader::Interval(absl::string_view key, Range* range) {
  const YamlNode* value = Find(key);
  Range read;
  if (value == nullptr) return;
  if (value->kind != YamlNode::Kind::kSequence || value->items.size() != 2 ||
      !ReadNumber(value->items[0], &read.low) || !ReadNumber(value->items[1], &read.high) ||
      read.low >= read.high) {
    return Wrong(key, "[LOW, HIGH], two numbers, the lower one first", *value);
  }
  *range = read;
}

void MappingReader::Name(absl::string_view key, Reference* name) {
  const YamlNode* value = Find(key);
  if (value != nullptr && !ReadName(*value, name)) {
    Wrong(key, absl::StrCat("a name or text of at most ", kLongestName, " bytes"), *value);
  }
}

void MappingReader::Pair(absl::string_view key, Reference* from, Reference* to) {
  const YamlNode* value = Find(key);
  if (value == nullptr) return;
  if (value->kind != YamlNode::Kind::kSequence || value->items.size() != 2 ||
      !ReadName(value->items[0], from) || !ReadName(value->items[1], to)) {
    Wrong(key, "[FROM, TO], two points such as body/NAME or site/NAME", *value);
  }
}

void MappingReader::Select(absl::string_view key, Selection* selection) {
  const YamlNode* value = Find(key);
  if (value == nullptr) return;
  Selection read;
  read.at = value->at;
  bool valid = true;
  Reference name;
  switch (value->kind) {
    case YamlNode::Kind::kScalar:
      valid = ReadName(*value, &name);
      read.all = name.text == "all" && !value->quoted;
      if (!read.all) read.names = {name};
      break;
    case YamlNode::Kind::kSequence:
      valid = !value->items.empty();
      for (const YamlNode& item : value->items) {
        valid = valid && ReadName(item, &name);
        read.names.push_back(name);
      }
      break;
    case YamlNode::Kind::kMapping:
      read.entries.emplace();
      valid = ReadEntries(*value, &*read.entries);
      break;
    case YamlNode::Kind::kNull:
      valid = false;
  }
  if (!valid) {
    return Wrong(key, "all, a name, a list of names, or {from: FIRST, to: LAST} with two indices",
                 *value);
  }
  *selection = std::move(read);
}

void MappingReader::Fault(const Position& at, absl::string_view key,
                          absl::string_view description) {
  faults_->Add(at, path_.empty() ? std::string(key) : absl::StrCat(path_, ".", key), description);
}

void MappingReader::Wrong(absl::string_view key, absl::string_view expected, const YamlNode& got) {
  Fault(got.at, key,
        absl::StrCat("expected ", expected, ", got ", got.Describe(),
                     got.kind == YamlNode::Kind::kScalar ? "" : ": " + Printable(got.Flow())));
}

}  // namespace vagram
