#ifndef CORE_METRICS_NPY_H_
#define CORE_METRICS_NPY_H_

#include <cstdint>
#include <string>

#include "absl/types/span.h"

namespace vagram {

// The bytes of a NumPy .npy file, format 1.0, that numpy.load reads as an array of float64 with
// this shape; the last index varies fastest. `values` has as many elements as the shape says.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
std::string NpyBytes(absl::Span<const int64_t> shape, absl::Span<const double> values);

}  // namespace vagram

#endif  // CORE_METRICS_NPY_H_
