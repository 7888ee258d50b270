#include "core/base/nearest.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace vagram {
namespace {

// Insertions, deletions and replacements that turn `a` into `b`; one row of the table at a time.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);  // row[j]: distance of a's prefix to b's first j letters
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
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
    const size_t distance = EditDistance(lower_wanted, lower_name);
    const bool near = 3 * distance <= std::max(wanted.size(), name.size()) ||
                      (wanted.size() >= 3 && absl::StrContains(lower_name, lower_wanted));
    if (near && distance < nearest_distance) {
      nearest = name;
      nearest_distance = distance;
    }
  }
  return nearest;
}

}  // namespace vagram
