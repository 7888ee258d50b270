#ifndef CORE_NN_ACTION_RANGE_H_
#define CORE_NN_ACTION_RANGE_H_

#include <ATen/core/Tensor.h>

#include <vector>

#include "absl/status/statusor.h"

namespace vagram {

// The task's box of actions: a = center + half_range * t with t in (-1, 1).
struct ActionRange {
  // float64 [act_dim], CPU.   INVALID_ARGUMENT: no bounds, bounds not finite or low >= high.
  static absl::StatusOr<ActionRange> Create(const std::vector<double>& low,
                                            const std::vector<double>& high);

  at::Tensor center;
  at::Tensor half_range;
};

}  // namespace vagram

#endif  // CORE_NN_ACTION_RANGE_H_
