#ifndef TESTS_GOLDEN_VALUE_EXPANSION_CHECK_H_
#define TESTS_GOLDEN_VALUE_EXPANSION_CHECK_H_

#include <nlohmann/json.hpp>

#include "absl/status/statusor.h"
#include "tests/golden/loss_check.h"

namespace vagram {

// Computes the `value_expansion` part of a golden file in float64: the mask of the paths' pairs,
// their TD-k targets where the recorded mask is 1, and the candidates of every horizon.
//   INVALID_ARGUMENT: not of the golden files' form; names the field.
absl::StatusOr<LossCheck> CheckValueExpansion(const nlohmann::json& recorded);

}  // namespace vagram

#endif  // TESTS_GOLDEN_VALUE_EXPANSION_CHECK_H_
