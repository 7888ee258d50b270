#include "core/nn/array_codec.h"

#include <ATen/ops/empty.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "absl/base/config.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"

#ifndef ABSL_IS_LITTLE_ENDIAN
#error "arrays travel little endian; this machine would have to swap bytes"
#endif

namespace vagram {
namespace {

constexpr int kMaxDimensions = 16;

absl::StatusOr<at::ScalarType> ScalarTypeOf(v1::DType dtype, absl::string_view what) {
  switch (dtype) {
    case v1::FLOAT32:
      return at::kFloat;
    case v1::FLOAT64:
      return at::kDouble;
    case v1::UINT8:
      return at::kByte;
    case v1::INT64:
      return at::kLong;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat(what, ": dtype is ", static_cast<int>(dtype),
                       ", expected FLOAT32, FLOAT64, UINT8 or INT64"));
  }
}

v1::DType DTypeOf(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return v1::FLOAT32;
    case at::kDouble:
      return v1::FLOAT64;
    case at::kByte:
      return v1::UINT8;
    case at::kLong:
      return v1::INT64;
    default:
      LOG(FATAL) << "no wire type for tensors of " << c10::toString(type);
  }
}

std::string Describe(v1::DType dtype, at::IntArrayRef shape) {
  return absl::StrCat(v1::DType_Name(dtype), " [", absl::StrJoin(shape, ", "), "]");
}

absl::StatusOr<at::Tensor> Decode(const v1::Array& array, absl::string_view what) {
  ASSIGN_OR_RETURN(const at::ScalarType type, ScalarTypeOf(array.dtype(), what));
  const at::IntArrayRef shape(array.shape().data(), array.shape_size());
  if (array.shape_size() > kMaxDimensions) {
    return absl::InvalidArgumentError(absl::StrCat(what, ": the array has ", array.shape_size(),
                                                   " dimensions, expected at most ",
                                                   kMaxDimensions));
  }
  // Sizes are multiplied without the zeros as well: no stride of an empty array may overflow.
  const int64_t item_size = static_cast<int64_t>(c10::elementSize(type));
  int64_t bytes = item_size, span = item_size;
  for (int64_t size : shape) {
    if (size < 0 || (size > 0 && span > std::numeric_limits<int64_t>::max() / size)) {
      return absl::InvalidArgumentError(absl::StrCat(what, ": shape [", absl::StrJoin(shape, ", "),
                                                     "] is negative or too large"));
    }
    bytes *= size;
    if (size > 0) span *= size;
  }
  if (static_cast<uint64_t>(bytes) != array.data().size()) {
    return absl::InvalidArgumentError(absl::StrCat(what, ": ", Describe(array.dtype(), shape),
                                                   " has ", bytes, " bytes of data, got ",
                                                   array.data().size()));
  }
  at::Tensor tensor = at::empty(shape, type);
  if (bytes > 0) std::memcpy(tensor.data_ptr(), array.data().data(), bytes);
  return tensor;
}

}  // namespace

absl::StatusOr<at::Tensor> TensorFromArray(const v1::Array& array) {
  return Decode(array, "array");
}

absl::StatusOr<at::Tensor> TensorFromArray(const v1::Array& array, v1::DType dtype,
                                           at::IntArrayRef expected_shape, absl::string_view what) {
  const at::IntArrayRef shape(array.shape().data(), array.shape_size());
  bool fits = array.dtype() == dtype && shape.size() == expected_shape.size();
  for (size_t i = 0; fits && i < shape.size(); ++i) {
    fits = expected_shape[i] == -1 || shape[i] == expected_shape[i];
  }
  if (!fits) {
    return absl::InvalidArgumentError(absl::StrCat(what, " is ", Describe(array.dtype(), shape),
                                                   ", expected ", Describe(dtype, expected_shape),
                                                   " (-1: any size)"));
  }
  return Decode(array, what);
}

v1::Array ArrayFromTensor(const at::Tensor& tensor) {
  const at::Tensor dense = tensor.detach().cpu().contiguous();
  v1::Array array;
  array.set_dtype(DTypeOf(dense.scalar_type()));
  for (int64_t size : dense.sizes()) array.add_shape(size);
  array.set_data(dense.data_ptr(), dense.nbytes());
  return array;
}

}  // namespace vagram
