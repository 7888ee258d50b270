#include "core/base/nearest.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace vagram {
namespace {

struct Distance {
  size_t whole;   // edits from `wanted` to the name
  size_t prefix;  // edits from `wanted` to the nearest beginning of the name
};

// Levenshtein: insertions, deletions and replacements; one row of the table at a time.
Distance EditDistance(absl::string_view wanted, absl::string_view name) {
  std::vector<size_t> row(name.size() + 1);  // row[j]: to the first j letters of the name
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < wanted.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < name.size(); ++j) {
      const size_t replaced = diagonal + (wanted[i] == name[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return {row.back(), *std::min_element(row.begin(), row.end())};
}

}  // namespace

std::string NearestName(absl::string_view wanted, absl::Span<const std::string> names) {
  // Nobody mistypes a name of this length; a longer text from outside would only cost time.
  constexpr size_t kMaxLength = 256;
  if (wanted.empty() || wanted.size() > kMaxLength) return "";

  const std::string lower_wanted = absl::AsciiStrToLower(wanted);
  std::string nearest;
  size_t nearest_distance = std::numeric_limits<size_t>::max();
  for (const std::string& name : names) {
    const std::string lower_name = absl::AsciiStrToLower(name);
    const Distance distance = EditDistance(lower_wanted, lower_name);
    const bool near = 3 * distance.whole <= std::max(wanted.size(), name.size()) ||
                      (wanted.size() >= 3 && (4 * distance.prefix <= wanted.size() ||
                                              absl::StrContains(lower_name, lower_wanted)));
    if (near && distance.whole < nearest_distance) {
      nearest = name;
      nearest_distance = distance.whole;
    }
  }
  return nearest;
}

}  // namespace vagram
