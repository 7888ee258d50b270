#ifndef TESTS_E2E_REPRODUCIBLE_COLUMNS_H_
#define TESTS_E2E_REPRODUCIBLE_COLUMNS_H_

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace vagram {

// metrics.csv without the columns that depend on the wall clock.
inline std::string ReproducibleColumns(const std::string& csv) {
  const std::vector<std::string> lines = absl::StrSplit(csv, '\n', absl::SkipEmpty());
  if (lines.empty()) return "";
  const std::vector<std::string> header = absl::StrSplit(lines[0], ',');
  std::string out;
  for (const std::string& line : lines) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    EXPECT_EQ(cells.size(), header.size()) << line;
    for (size_t i = 0; i < header.size(); ++i) {
      if (header[i] == "wall_seconds" || absl::StartsWith(header[i], "time/")) continue;
      absl::StrAppend(&out, cells[i], ",");
    }
    out += '\n';
  }
  return out;
}

}  // namespace vagram

#endif  // TESTS_E2E_REPRODUCIBLE_COLUMNS_H_
