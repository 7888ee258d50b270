#ifndef TESTS_GOLDEN_DISTRACTOR_CHECK_H_
#define TESTS_GOLDEN_DISTRACTOR_CHECK_H_

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace vagram {

// What one case, a system of the VaGraM authors' code with 40 of its steps, compared to.
struct DistractorDifference {
  int dims = 0;
  int components_compared = 0;
  int components_skipped = 0;  // so near 20 that rounding decides whether they are replaced
  double worst = 0;            // the largest difference, absolute
  std::string where;           // of it
};

// Compares Reference2022Map with the recorded pairs of states, every pair on its own: the map
// multiplies differences by hundreds.
//   INVALID_ARGUMENT: nothing recorded, sizes that do not fit, or other switches than the map's.
// Throws json::exception where entries are missing or of another type.
absl::StatusOr<std::vector<DistractorDifference>> CompareDistractors(const nlohmann::json& golden);

}  // namespace vagram

#endif  // TESTS_GOLDEN_DISTRACTOR_CHECK_H_
