#include "core/nn/normalization.h"

#include "core/nn/dispatch.h"
#include "core/nn/normalization_kernels.h"
#include "core/nn/plain_passes.h"

namespace vagram {
namespace {

// Where network `n` of a layer's tensor begins; null for an undefined tensor.
template <typename T>
T* Begin(const at::Tensor& tensor, int64_t n) {
  if (!tensor.defined()) return nullptr;
  return tensor.data_ptr<T>() + n * tensor.size(1) * tensor.size(2);
}

// Calls pass(T(), n) for every network n.
template <typename Pass>
void ForEachNetwork(const at::Tensor& layer, Pass pass) {
  WithElementType(layer, [&](auto type) {
    for (int64_t n = 0; n < layer.size(0); ++n) pass(type, n);
  });
}

}  // namespace

void LayerNorm(const at::Tensor& bias, const at::Tensor& keep, const at::Tensor& gain,
               const at::Tensor& values, at::Tensor& normalized, at::Tensor& inverse_std) {
  EnsureSizes(normalized, values.sizes(), values.options());
  EnsureSizes(inverse_std, {values.size(0), values.size(1), 1}, values.options());
  if (!HasFusedPasses(values)) {
    return plain::LayerNorm(bias, keep, gain, values, normalized, inverse_std);
  }
  ForEachNetwork(values, [&](auto type, int64_t n) {
    using T = decltype(type);
    kernels::LayerNorm(values.size(1), values.size(2), Begin<T>(bias, n), Begin<T>(keep, n),
                       Begin<T>(gain, n), Begin<T>(values, n), Begin<T>(normalized, n),
                       Begin<T>(inverse_std, n));
  });
}

void LayerNormGradient(const at::Tensor& keep, const at::Tensor& gain, const at::Tensor& normalized,
                       const at::Tensor& inverse_std, const at::Tensor& gradient,
                       const at::Tensor& gain_gradient, const at::Tensor& bias_gradient) {
  if (!HasFusedPasses(gradient)) {
    return plain::LayerNormGradient(keep, gain, normalized, inverse_std, gradient, gain_gradient,
                                    bias_gradient);
  }
  ForEachNetwork(gradient, [&](auto type, int64_t n) {
    using T = decltype(type);
    kernels::LayerNormGradient(gradient.size(1), gradient.size(2), Begin<T>(keep, n),
                               Begin<T>(gain, n), Begin<T>(normalized, n), Begin<T>(inverse_std, n),
                               Begin<T>(gradient, n), Begin<T>(gain_gradient, n),
                               Begin<T>(bias_gradient, n));
  });
}

void UnitRows(const at::Tensor& values, at::Tensor& unit, at::Tensor& norm) {
  EnsureSizes(unit, values.sizes(), values.options());
  EnsureSizes(norm, {values.size(0), values.size(1), 1}, values.options());
  if (!HasFusedPasses(values)) return plain::UnitRows(values, unit, norm);
  ForEachNetwork(values, [&](auto type, int64_t n) {
    using T = decltype(type);
    kernels::UnitRows(values.size(1), values.size(2), Begin<T>(values, n), Begin<T>(unit, n),
                      Begin<T>(norm, n));
  });
}

void UnitRowsGradient(const at::Tensor& unit, const at::Tensor& norm, const at::Tensor& gradient) {
  if (!HasFusedPasses(gradient)) return plain::UnitRowsGradient(unit, norm, gradient);
  ForEachNetwork(gradient, [&](auto type, int64_t n) {
    using T = decltype(type);
    kernels::UnitRowsGradient(gradient.size(1), gradient.size(2), Begin<T>(unit, n),
                              Begin<T>(norm, n), Begin<T>(gradient, n));
  });
}

}  // namespace vagram
