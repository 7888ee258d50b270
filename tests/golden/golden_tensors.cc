#include "tests/golden/golden_tensors.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace vagram {
namespace {

using nlohmann::json;

// Appends the numbers of nested lists; false when they are not of these sizes.
bool Flatten(const json& value, at::IntArrayRef sizes, std::vector<double>* out) {
  if (sizes.empty()) {
    if (!value.is_number()) return false;
    out->push_back(value.get<double>());
    return true;
  }
  if (!value.is_array() || static_cast<int64_t>(value.size()) != sizes[0]) return false;
  return std::all_of(value.begin(), value.end(),
                     [&](const json& item) { return Flatten(item, sizes.slice(1), out); });
}

}  // namespace

absl::StatusOr<at::Tensor> ReadTensor(const nlohmann::json& object, const char* field,
                                      at::IntArrayRef sizes) {
  std::vector<double> values;
  if (!object.contains(field) || !Flatten(object[field], sizes, &values)) {
    return absl::InvalidArgumentError(absl::StrCat("field '", field, "' is expected to be [",
                                                   absl::StrJoin(sizes, ", "), "] numbers"));
  }
  return at::tensor(values, at::kDouble).view(sizes);
}

absl::StatusOr<int64_t> ReadCount(const nlohmann::json& object, const char* field) {
  if (object.contains(field) && object[field].is_number_integer() &&
      object[field].get<int64_t>() > 0) {
    return object[field].get<int64_t>();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("field '", field, "' is expected to be a number above 0"));
}

void Compare(const at::Tensor& ours, const at::Tensor& reference, const std::string& where,
             LossCheck* check) {
  double error = std::numeric_limits<double>::infinity();
  if (ours.defined() && ours.sizes() == reference.sizes()) {
    error = ((ours - reference).abs() / (1 + reference.abs())).max().item<double>();
  }
  // A NaN among the errors is the worst of them and stays so.
  if (error > check->worst || std::isnan(error)) {
    check->worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
    check->where = where;
  }
}

}  // namespace vagram
