#ifndef CORE_NN_PLAIN_PASSES_H_
#define CORE_NN_PLAIN_PASSES_H_

#include <ATen/core/Tensor.h>

#include "core/nn/activation.h"
#include "core/nn/kernels.h"

// The passes of kernels.h and normalization_kernels.h in plain ATen operations, for tensors on any
// device. Tensors of a layer are [networks, batch, width], biases [networks, 1, width].
// Thread-safe: no state.
namespace vagram::plain {

void BiasActivation(Activation activation, const at::Tensor& bias, const at::Tensor& values,
                    const at::Tensor& pre);
void ActivationGradient(Activation activation, const at::Tensor& forward,
                        const at::Tensor& gradient, at::Tensor bias_gradient);
void SumOverBatch(const at::Tensor& values, at::Tensor sums);
void LayerNorm(const at::Tensor& bias, const at::Tensor& keep, const at::Tensor& gain,
               const at::Tensor& values, const at::Tensor& normalized,
               const at::Tensor& inverse_std);
void LayerNormGradient(const at::Tensor& keep, const at::Tensor& gain, const at::Tensor& normalized,
                       const at::Tensor& inverse_std, const at::Tensor& gradient,
                       at::Tensor gain_gradient, at::Tensor bias_gradient);
void UnitRows(const at::Tensor& values, const at::Tensor& unit, const at::Tensor& norm);
void UnitRowsGradient(const at::Tensor& unit, const at::Tensor& norm, const at::Tensor& gradient);
void Adam(const kernels::AdamStep& step, const at::Tensor& gradient, const at::Tensor& parameters,
          const at::Tensor& first_moment, const at::Tensor& second_moment);
void Polyak(double tau, const at::Tensor& source, const at::Tensor& target);

}  // namespace vagram::plain

#endif  // CORE_NN_PLAIN_PASSES_H_
