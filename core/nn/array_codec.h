#ifndef CORE_NN_ARRAY_CODEC_H_
#define CORE_NN_ARRAY_CODEC_H_

#include <ATen/core/Tensor.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/types.pb.h"

// Tensors on the wire: row-major little-endian bytes, one copy each way. Thread-safe: no state.
namespace vagram {

// A CPU tensor that owns its memory.
//   INVALID_ARGUMENT: no known dtype, a bad shape, or `data` does not have its size.
absl::StatusOr<at::Tensor> TensorFromArray(const v1::Array& array);

// The same for an array of known type and shape (-1: any size); `what` names it in the error.
absl::StatusOr<at::Tensor> TensorFromArray(const v1::Array& array, v1::DType dtype,
                                           at::IntArrayRef expected_shape, absl::string_view what);

// float32, float64, uint8 or int64 on any device; another type is a bug of the caller.
v1::Array ArrayFromTensor(const at::Tensor& tensor);

}  // namespace vagram

#endif  // CORE_NN_ARRAY_CODEC_H_
