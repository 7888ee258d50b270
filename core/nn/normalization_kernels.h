#ifndef CORE_NN_NORMALIZATION_KERNELS_H_
#define CORE_NN_NORMALIZATION_KERNELS_H_

#include <cstdint>

// The normalizing passes on the CPU, in the manner of kernels.h: row-major dense arrays that do not
// overlap, [rows, cols] unless stated. Thread-safe: no state.
namespace vagram::kernels {

// Added to a row's variance; what layer normalization has by default nearly everywhere.
inline constexpr double kLayerNormEpsilon = 1e-5;
// Rows shorter than this have no direction: they are divided by this instead of their length.
inline constexpr double kShortestRow = 1e-12;

// Layer normalization (Ba 2016) without its offset, which the activation's pass adds as a bias:
//   x = (values + bias) * keep,  normalized = (x - mean(x)) / sqrt(var(x) + epsilon),
//   values <- gain * normalized,
// mean and (biased) variance over a row. bias, gain: [cols]; keep: null for all ones;
// inverse_std [rows] receives 1 / sqrt(var(x) + epsilon).
void LayerNorm(int64_t rows, int64_t cols, const float* bias, const float* keep, const float* gain,
               float* values, float* normalized, float* inverse_std);
void LayerNorm(int64_t rows, int64_t cols, const double* bias, const double* keep,
               const double* gain, double* values, double* normalized, double* inverse_std);

// Its backward pass: gradient of gain * normalized <- gradient of `values` before the pass.
// gain_gradient and bias_gradient [cols], when not null, receive theirs.
void LayerNormGradient(int64_t rows, int64_t cols, const float* keep, const float* gain,
                       const float* normalized, const float* inverse_std, float* gradient,
                       float* gain_gradient, float* bias_gradient);
void LayerNormGradient(int64_t rows, int64_t cols, const double* keep, const double* gain,
                       const double* normalized, const double* inverse_std, double* gradient,
                       double* gain_gradient, double* bias_gradient);

// unit <- values / max(|values|, kShortestRow), row by row, |.| the L2 norm, which `norm` [rows]
// receives.
void UnitRows(int64_t rows, int64_t cols, const float* values, float* unit, float* norm);
void UnitRows(int64_t rows, int64_t cols, const double* values, double* unit, double* norm);

// gradient of `unit` <- gradient of `values`: zero where the norm is below kShortestRow, as a
// direction that is not there cannot turn.
void UnitRowsGradient(int64_t rows, int64_t cols, const float* unit, const float* norm,
                      float* gradient);
void UnitRowsGradient(int64_t rows, int64_t cols, const double* unit, const double* norm,
                      double* gradient);

}  // namespace vagram::kernels

#endif  // CORE_NN_NORMALIZATION_KERNELS_H_
