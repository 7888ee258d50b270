#include "orchestrator/spec/file_keys.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "core/base/nearest.h"
#include "orchestrator/spec/schema.h"
#include "orchestrator/spec/settings.h"

namespace vagram {
namespace {

constexpr int64_t kMostRestarts = 1000;
constexpr int64_t kDefaultRestarts = 3;
constexpr int64_t kMostPriority = 100;  // and the least is as far below 0

}  // namespace

const std::vector<std::string>& FileKeys() {
  static const auto* const keys = new std::vector<std::string>{
      "name",      "preset",   "base",     "sweep",      "seeds",         "tuning_seeds",
      "resources", "restarts", "priority", "on_failure", "early_stopping"};
  return *keys;
}

const std::vector<std::string>& SettableFileKeys() {
  static const auto* const keys =
      new std::vector<std::string>{"name",     "preset",   "seeds",      "tuning_seeds",
                                   "restarts", "priority", "on_failure", "early_stopping"};
  return *keys;
}

std::string NearestOf(const std::string& text, const std::vector<std::string>& names) {
  constexpr size_t kLongest = 100;
  return text.size() > kLongest ? "" : NearestName(text, names);
}

std::string UnknownFileKey(const std::string& key) {
  if (key != "seed" && FindField(key) != nullptr)
    return "belongs under base; indent it below base:";
  const std::string nearest = NearestOf(key, FileKeys());
  return absl::StrCat("unknown key; ",
                      nearest.empty() ? absl::StrCat("expected ", absl::StrJoin(FileKeys(), ", "))
                                      : absl::StrCat("did you mean ", nearest, "?"));
}

std::string ReadName(const YamlNode* value, const Position& whole, Faults* faults) {
  if (value != nullptr && value->kind != YamlNode::Kind::kScalar) {
    faults->Add(value->at, "name", absl::StrCat("expected a name, got ", value->Describe()));
    return "";
  }
  std::string name;
  if (value != nullptr) {
    name = value->text;
  } else {
    const absl::string_view file = *whole.source;
    const absl::string_view base = file.substr(file.rfind('/') + 1);
    name = std::string(base.substr(0, base.rfind('.')));
  }
  constexpr size_t kLongest = 100;
  bool valid = !name.empty() && name.size() <= kLongest && absl::ascii_isalnum(name[0]);
  for (char c : name) {
    valid = valid && (absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.');
  }
  if (!valid) {
    faults->Add(value == nullptr ? whole : value->at, "name",
                absl::StrCat("expected at most 100 letters, digits, '-', '_' and '.', a letter or "
                             "digit first, got ",
                             Printable(name)));
  }
  return name;
}

int ReadRestarts(const YamlNode* value, Faults* faults) {
  int64_t restarts = kDefaultRestarts;
  if (value != nullptr) ReadInteger(*value, "restarts", 0, kMostRestarts, &restarts, faults);
  return static_cast<int>(restarts);
}

int ReadPriority(const YamlNode* value, Faults* faults) {
  int64_t priority = 0;
  if (value != nullptr) {
    ReadInteger(*value, "priority", -kMostPriority, kMostPriority, &priority, faults);
  }
  return static_cast<int>(priority);
}

bool ReadFailFast(const YamlNode* value, Faults* faults) {
  static const auto* const names = new std::vector<std::string>{"keep-going", "fail-fast"};
  if (value == nullptr) return false;
  const bool is_text = value->kind == YamlNode::Kind::kScalar;
  if (!is_text || std::count(names->begin(), names->end(), value->text) == 0) {
    const std::string nearest = is_text ? NearestOf(value->text, *names) : "";
    faults->Add(
        value->at, "on_failure",
        absl::StrCat("expected one of ", absl::StrJoin(*names, ", "), ", got ", value->Describe(),
                     nearest.empty() ? "" : absl::StrCat("; did you mean ", nearest, "?")));
    return false;
  }
  return value->text == "fail-fast";
}

}  // namespace vagram
