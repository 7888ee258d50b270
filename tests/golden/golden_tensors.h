#ifndef TESTS_GOLDEN_GOLDEN_TENSORS_H_
#define TESTS_GOLDEN_GOLDEN_TENSORS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "tests/golden/loss_check.h"

namespace vagram {

// A field of nested lists of these sizes as a float64 tensor.   INVALID_ARGUMENT: names the field.
absl::StatusOr<at::Tensor> ReadTensor(const nlohmann::json& object, const char* field,
                                      at::IntArrayRef sizes);

// A field that counts something.   INVALID_ARGUMENT: not a whole number above 0; names the field.
absl::StatusOr<int64_t> ReadCount(const nlohmann::json& object, const char* field);

// Notes in `check` the worst error of `ours`, and `where`, when it is worse than what it has. Wrong
// sizes and what is not a number are infinitely bad.
void Compare(const at::Tensor& ours, const at::Tensor& reference, const std::string& where,
             LossCheck* check);

}  // namespace vagram

#endif  // TESTS_GOLDEN_GOLDEN_TENSORS_H_
