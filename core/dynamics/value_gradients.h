#ifndef CORE_DYNAMICS_VALUE_GRADIENTS_H_
#define CORE_DYNAMICS_VALUE_GRADIENTS_H_

#include <ATen/core/Tensor.h>

#include <vector>

#include "absl/status/statusor.h"

namespace vagram {

// The q-quantile of `values` (not empty; 0 <= q <= 1), linear between neighbours: the value at
// place q (size - 1) of the sorted list. Reorders `values`.
double Quantile(std::vector<double>& values, double q);

struct ClippedValueGradients {
  at::Tensor gradients;      // [J, N, n]
  double clipped_share = 0;  // of all J N gradients
  double median_norm = 0;    // L2, before the clipping
};

// Clips the L2 norm of each gradient dV_j/ds' at the `quantile` of the norms of value function j
// over all transitions given (Voelcker 2022, algorithm 1): g <- g min(1, q_j / |g|).
// gradients: [J, N, n], float32 or float64.
//   INVALID_ARGUMENT: a gradient that is not finite.
absl::StatusOr<ClippedValueGradients> ClipValueGradients(const at::Tensor& gradients,
                                                         double quantile);

// gradients [J, N, n] divided by the root of the mean of their squares, so that the mean weight of
// a dimension, g^2, over value functions, transitions and dimensions is 1
// (model.value_gradient_scale: unit). All zero: as they are.
at::Tensor ScaleToUnit(const at::Tensor& gradients);

}  // namespace vagram

#endif  // CORE_DYNAMICS_VALUE_GRADIENTS_H_
