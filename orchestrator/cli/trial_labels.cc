#include "orchestrator/cli/trial_labels.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace vagram::cli {
namespace {

struct Setting {
  std::string key, value;
};
using Label = std::vector<Setting>;

// Length of the key that begins here with its '=', or 0. Values may hold spaces: "[1, 2]".
size_t KeyLength(absl::string_view text) {
  size_t end = 0;
  while (end < text.size() &&
         (absl::ascii_isalnum(text[end]) || text[end] == '_' || text[end] == '.')) {
    ++end;
  }
  return end > 0 && end < text.size() && text[end] == '=' ? end + 1 : 0;
}

Label ParseLabel(absl::string_view text) {
  Label label;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool may_begin = at == 0 || text[at - 1] == ' ';
    const size_t length = may_begin ? KeyLength(text.substr(at)) : 0;
    if (length > 0) {
      label.push_back({std::string(text.substr(at, length - 1)), ""});
      at += length - 1;
    } else if (label.empty()) {
      return {{"", std::string(text)}};  // no label of ours
    } else {
      label.back().value += text[at];
    }
  }
  for (Setting& setting : label) absl::StripTrailingAsciiWhitespace(&setting.value);
  return label;
}

// The values of one key, trial by trial; "" where a trial has none.
using Column = std::vector<std::string>;

// Whether `second` can be told from `first`: equal values there go with equal ones here, and no
// trial has the second key alone.
bool Decides(const Column& first, const Column& second) {
  std::map<std::string, std::string> image;
  for (size_t i = 0; i < first.size(); ++i) {
    if (first[i].empty() && !second[i].empty()) return false;
    if (image.emplace(first[i], second[i]).first->second != second[i]) return false;
  }
  return true;
}

std::set<std::string> TellingKeys(const std::vector<Label>& labels) {
  std::vector<std::string> keys;  // in the order of their first appearance
  for (const Label& label : labels) {
    for (const Setting& setting : label) {
      if (std::find(keys.begin(), keys.end(), setting.key) == keys.end()) {
        keys.push_back(setting.key);
      }
    }
  }
  // Labels end with the seed: it is told last, and so decides no other key.
  std::stable_partition(keys.begin(), keys.end(),
                        [](const std::string& key) { return key != "seed"; });
  std::vector<Column> columns;
  for (const std::string& key : keys) {
    Column& column = columns.emplace_back(labels.size());
    for (size_t i = 0; i < labels.size(); ++i) {
      for (const Setting& setting : labels[i]) {
        if (setting.key == key) column[i] = setting.value;
      }
    }
  }
  const std::vector<bool> telling = TellingColumns(columns);
  std::set<std::string> names;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (telling[i]) names.insert(keys[i]);
  }
  return names;
}

}  // namespace

std::vector<bool> TellingColumns(const std::vector<std::vector<std::string>>& columns) {
  std::vector<bool> telling;
  for (size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    bool tells = std::any_of(column.begin(), column.end(),
                             [&](const std::string& value) { return value != column[0]; });
    for (size_t k = 0; k < i; ++k) tells = tells && !(telling[k] && Decides(columns[k], column));
    telling.push_back(tells);
  }
  return telling;
}

std::vector<std::string> StyledLabels(const std::vector<std::string>& labels, LabelStyle style) {
  if (style == LabelStyle::kWhole) return labels;
  std::vector<Label> parsed;
  for (const std::string& label : labels) parsed.push_back(ParseLabel(label));
  const std::set<std::string> telling = TellingKeys(parsed);
  std::vector<std::string> styled;
  for (const Label& label : parsed) {
    std::string text;
    for (const Setting& setting : label) {
      if (!telling.empty() && telling.count(setting.key) == 0) continue;
      if (!text.empty()) text += ' ';
      const absl::string_view key = setting.key;
      if (key.empty() || style == LabelStyle::kValues) {
        text += setting.value;
      } else {
        const bool whole = style == LabelStyle::kVarying;
        absl::StrAppend(&text, whole ? key : key.substr(key.rfind('.') + 1), "=", setting.value);
      }
    }
    styled.push_back(std::move(text));
  }
  return styled;
}

Table TableWithLabels(const std::vector<std::string>& labels, int columns,
                      const std::function<Table(const std::vector<std::string>&)>& make) {
  if (columns >= kAnyWidth) return make(labels);
  for (LabelStyle style : {LabelStyle::kVarying, LabelStyle::kShortKeys}) {
    Table table = make(StyledLabels(labels, style));
    if (table.WidthWithShortEnds() <= columns) return table;
  }
  return make(StyledLabels(labels, LabelStyle::kValues));
}

}  // namespace vagram::cli
