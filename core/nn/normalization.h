#ifndef CORE_NN_NORMALIZATION_H_
#define CORE_NN_NORMALIZATION_H_

#include <ATen/core/Tensor.h>

namespace vagram {

// The passes of normalization_kernels.h over a layer of stacked networks, fused on the CPU and in
// plain ATen operations elsewhere. Layers are [networks, batch, width], bias and gain
// [networks, 1, width], inverse_std and norm [networks, batch, 1]. What a forward pass leaves for
// its backward pass keeps its memory from call to call. Thread-safe: no state.

// keep: undefined, or like `values`.
void LayerNorm(const at::Tensor& bias, const at::Tensor& keep, const at::Tensor& gain,
               const at::Tensor& values, at::Tensor& normalized, at::Tensor& inverse_std);
// gain_gradient, bias_gradient: both undefined when nobody asks for them.
void LayerNormGradient(const at::Tensor& keep, const at::Tensor& gain, const at::Tensor& normalized,
                       const at::Tensor& inverse_std, const at::Tensor& gradient,
                       const at::Tensor& gain_gradient, const at::Tensor& bias_gradient);

void UnitRows(const at::Tensor& values, at::Tensor& unit, at::Tensor& norm);
void UnitRowsGradient(const at::Tensor& unit, const at::Tensor& norm, const at::Tensor& gradient);

}  // namespace vagram

#endif  // CORE_NN_NORMALIZATION_H_
