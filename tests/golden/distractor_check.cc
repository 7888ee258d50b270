#include "tests/golden/distractor_check.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/env/distractors/reference_2022_map.h"

namespace vagram {
namespace {

using nlohmann::json;
using Vector = std::vector<double>;

constexpr double kReplacedBeyond = 20;
constexpr double kTooNear = 1e-6;

bool TooNear(double value) { return std::abs(std::abs(value) - kReplacedBeyond) < kTooNear; }

double Error(double ours, double reference) {
  const double error = std::abs(ours - reference);
  return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
}

// The rows of a matrix one after another.
Vector Flatten(const json& rows) {
  Vector values;
  for (const json& row : rows) {
    const auto entries = row.get<Vector>();
    values.insert(values.end(), entries.begin(), entries.end());
  }
  return values;
}

absl::Status CheckSize(const char* key, const Vector& values, size_t expected) {
  if (values.size() == expected) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a case's ", key, " has ", values.size(), " values, expected ", expected));
}

absl::Status CheckSwitches(const json& flags) {
  const json expected = {
      {"linear", false}, {"switching", true}, {"correlated", false}, {"pure_noise", false}};
  if (flags == expected) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("flags are ", flags.dump(), ", expected ", expected.dump()));
}

absl::StatusOr<DistractorDifference> CompareCase(const json& recorded) {
  DistractorDifference difference;
  difference.dims = recorded.at("dimensions").get<int>();
  const size_t dims = difference.dims;
  Reference2022Map map;
  map.linear = Flatten(recorded.at("linear_map"));
  map.sine_matrix = Flatten(recorded.at("sin_matrix"));
  map.replacement = recorded.at("reset_values").get<Vector>();
  RETURN_IF_ERROR(CheckSize("linear_map", map.linear, dims * dims));
  RETURN_IF_ERROR(CheckSize("sin_matrix", map.sine_matrix, dims * dims));
  RETURN_IF_ERROR(CheckSize("reset_values", map.replacement, dims));

  const auto before = recorded.at("before").get<std::vector<Vector>>();
  for (size_t pair = 0; pair < before.size(); ++pair) {
    const auto after = recorded.at("after").at(pair).get<Vector>();
    RETURN_IF_ERROR(CheckSize("before", before[pair], dims));
    RETURN_IF_ERROR(CheckSize("after", after, dims));
    const Vector ours = map.Next(before[pair]);
    for (size_t i = 0; i < dims; ++i) {
      // Whichever of the two was not replaced shows how near it came.
      if (TooNear(ours[i]) || TooNear(after[i])) {
        ++difference.components_skipped;
        continue;
      }
      ++difference.components_compared;
      const double error = Error(ours[i], after[i]);
      if (error <= difference.worst) continue;
      difference.worst = error;
      difference.where = absl::StrCat("pair ", pair, " component ", i);
    }
  }
  return difference;
}

}  // namespace

absl::StatusOr<std::vector<DistractorDifference>> CompareDistractors(const json& golden) {
  RETURN_IF_ERROR(CheckSwitches(golden.at("flags")));
  std::vector<DistractorDifference> differences;
  for (const json& recorded : golden.at("cases")) {
    ASSIGN_OR_RETURN(DistractorDifference difference, CompareCase(recorded));
    if (difference.components_compared == 0) {
      return absl::InvalidArgumentError(absl::StrCat("the case of ", difference.dims,
                                                     " dimensions has no components to compare"));
    }
    differences.push_back(std::move(difference));
  }
  if (differences.empty()) return absl::InvalidArgumentError("no cases to compare with");
  return differences;
}

}  // namespace vagram
