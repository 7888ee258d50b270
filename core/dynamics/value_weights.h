#ifndef CORE_DYNAMICS_VALUE_WEIGHTS_H_
#define CORE_DYNAMICS_VALUE_WEIGHTS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vagram {

// How ValueWeightedLoss weighs a transition (model.value_weighting).
enum class ValueWeighting { kInverse, kReference2022 };

// "inverse", also when empty, or "reference_2022".   INVALID_ARGUMENT: another name.
absl::StatusOr<ValueWeighting> ParseValueWeighting(absl::string_view name);

// Weights [N, 1] from the values [J, N] of a training set: w_i proportional to 1 / |V_i|, V_i the
// mean over value functions, with mean 1 over the set (Voelcker 2022, appendix D.1). |V_i| counts
// as at least 0.01 of the set's median (ours), so that a value that happens to be 0 does not take
// the whole weight; where the median is 0, all weights are 1.
//   INVALID_ARGUMENT: a value that is not finite.
absl::StatusOr<at::Tensor> InverseValueWeights(const at::Tensor& values);

// The same as the published code of Voelcker 2022 (ValueWeightedModel in pairlab/vagram) has them:
//   w = (mean_j |V_j|) / (sum over value functions, members and minibatch of |V|)
// on an error that is averaged, not summed, over the `obs_dim` dimensions. Transitions of *large*
// value weigh more; and the weights of a minibatch sum to 1/J, so that the state's error counts
// some 1 / (J members batch_size) of what it does in squared error, against a reward with weight 1.
// The sum is taken as what it is on average over the set, so that a transition weighs the same in
// every minibatch: w = mean_j |V_j| / (J members batch_size mean |V| obs_dim).
absl::StatusOr<at::Tensor> ValueWeightsOf2022(const at::Tensor& values, int64_t members,
                                              int64_t batch_size, int64_t obs_dim);

}  // namespace vagram

#endif  // CORE_DYNAMICS_VALUE_WEIGHTS_H_
