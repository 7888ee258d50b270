#include "core/nn/normalization_kernels.h"

#include <cmath>

#include "core/nn/kernel_clones.h"

namespace vagram::kernels {
namespace {

// Sums in this many lanes, a fixed order that every instruction set can vectorise.
constexpr int kLanes = 16;

template <typename T>
VAGRAM_INLINE T AddLanes(const T* lanes, T sum) {
  for (int i = 0; i < kLanes; ++i) sum += lanes[i];
  return sum;
}

template <typename T>
VAGRAM_INLINE T Sum(int64_t cols, const T* __restrict a) {
  T lanes[kLanes] = {}, rest = 0;
  int64_t c = 0;
  for (; c + kLanes <= cols; c += kLanes) {
    for (int i = 0; i < kLanes; ++i) lanes[i] += a[c + i];
  }
  for (; c < cols; ++c) rest += a[c];
  return AddLanes(lanes, rest);
}

template <typename T>
VAGRAM_INLINE T Dot(int64_t cols, const T* a, const T* b) {
  T lanes[kLanes] = {}, rest = 0;
  int64_t c = 0;
  for (; c + kLanes <= cols; c += kLanes) {
    for (int i = 0; i < kLanes; ++i) lanes[i] += a[c + i] * b[c + i];
  }
  for (; c < cols; ++c) rest += a[c] * b[c];
  return AddLanes(lanes, rest);
}

template <typename T>
VAGRAM_INLINE void LayerNormLoop(int64_t rows, int64_t cols, const T* __restrict bias,
                                 const T* __restrict keep, const T* __restrict gain,
                                 T* __restrict values, T* __restrict normalized,
                                 T* __restrict inverse_std) {
  for (int64_t r = 0; r < rows; ++r, values += cols, normalized += cols) {
    for (int64_t c = 0; c < cols; ++c) normalized[c] = values[c] + bias[c];
    if (keep != nullptr) {
      for (int64_t c = 0; c < cols; ++c) normalized[c] *= keep[c];
      keep += cols;
    }
    const T mean = Sum(cols, normalized) / static_cast<T>(cols);
    for (int64_t c = 0; c < cols; ++c) normalized[c] -= mean;
    const T variance = Dot(cols, normalized, normalized) / static_cast<T>(cols);
    const T scale = T(1) / std::sqrt(variance + static_cast<T>(kLayerNormEpsilon));
    inverse_std[r] = scale;
    for (int64_t c = 0; c < cols; ++c) {
      const T n = normalized[c] * scale;
      normalized[c] = n;
      values[c] = gain[c] * n;
    }
  }
}

template <typename T>
VAGRAM_INLINE void LayerNormGradientLoop(int64_t rows, int64_t cols, const T* __restrict keep,
                                         const T* __restrict gain, const T* __restrict normalized,
                                         const T* __restrict inverse_std, T* __restrict gradient,
                                         T* __restrict gain_gradient, T* __restrict bias_gradient) {
  if (gain_gradient != nullptr) {
    for (int64_t c = 0; c < cols; ++c) gain_gradient[c] = 0;
  }
  if (bias_gradient != nullptr) {
    for (int64_t c = 0; c < cols; ++c) bias_gradient[c] = 0;
  }
  for (int64_t r = 0; r < rows; ++r, gradient += cols, normalized += cols) {
    if (gain_gradient != nullptr) {
      for (int64_t c = 0; c < cols; ++c) gain_gradient[c] += gradient[c] * normalized[c];
    }
    for (int64_t c = 0; c < cols; ++c) gradient[c] *= gain[c];
    const T mean = Sum(cols, gradient) / static_cast<T>(cols);
    const T slope = Dot(cols, gradient, normalized) / static_cast<T>(cols);
    const T scale = inverse_std[r];
    for (int64_t c = 0; c < cols; ++c) {
      gradient[c] = scale * (gradient[c] - mean - normalized[c] * slope);
    }
    if (keep != nullptr) {
      for (int64_t c = 0; c < cols; ++c) gradient[c] *= keep[c];
      keep += cols;
    }
    if (bias_gradient != nullptr) {
      for (int64_t c = 0; c < cols; ++c) bias_gradient[c] += gradient[c];
    }
  }
}

template <typename T>
VAGRAM_INLINE void UnitRowsLoop(int64_t rows, int64_t cols, const T* __restrict values,
                                T* __restrict unit, T* __restrict norm) {
  for (int64_t r = 0; r < rows; ++r, values += cols, unit += cols) {
    const T length = std::sqrt(Dot(cols, values, values));
    const T shortest = static_cast<T>(kShortestRow);
    norm[r] = length;
    // In this order a length that is not a number stays one.
    const T scale = T(1) / (length < shortest ? shortest : length);
    for (int64_t c = 0; c < cols; ++c) unit[c] = values[c] * scale;
  }
}

template <typename T>
VAGRAM_INLINE void UnitRowsGradientLoop(int64_t rows, int64_t cols, const T* __restrict unit,
                                        const T* __restrict norm, T* __restrict gradient) {
  for (int64_t r = 0; r < rows; ++r, unit += cols, gradient += cols) {
    const T along = Dot(cols, gradient, unit);
    const T scale = norm[r] < static_cast<T>(kShortestRow) ? T(0) : T(1) / norm[r];
    for (int64_t c = 0; c < cols; ++c) gradient[c] = scale * (gradient[c] - along * unit[c]);
  }
}

}  // namespace

VAGRAM_CLONES void LayerNorm(int64_t rows, int64_t cols, const float* bias, const float* keep,
                             const float* gain, float* values, float* normalized,
                             float* inverse_std) {
  LayerNormLoop(rows, cols, bias, keep, gain, values, normalized, inverse_std);
}
VAGRAM_CLONES void LayerNorm(int64_t rows, int64_t cols, const double* bias, const double* keep,
                             const double* gain, double* values, double* normalized,
                             double* inverse_std) {
  LayerNormLoop(rows, cols, bias, keep, gain, values, normalized, inverse_std);
}

VAGRAM_CLONES void LayerNormGradient(int64_t rows, int64_t cols, const float* keep,
                                     const float* gain, const float* normalized,
                                     const float* inverse_std, float* gradient,
                                     float* gain_gradient, float* bias_gradient) {
  LayerNormGradientLoop(rows, cols, keep, gain, normalized, inverse_std, gradient, gain_gradient,
                        bias_gradient);
}
VAGRAM_CLONES void LayerNormGradient(int64_t rows, int64_t cols, const double* keep,
                                     const double* gain, const double* normalized,
                                     const double* inverse_std, double* gradient,
                                     double* gain_gradient, double* bias_gradient) {
  LayerNormGradientLoop(rows, cols, keep, gain, normalized, inverse_std, gradient, gain_gradient,
                        bias_gradient);
}

VAGRAM_CLONES void UnitRows(int64_t rows, int64_t cols, const float* values, float* unit,
                            float* norm) {
  UnitRowsLoop(rows, cols, values, unit, norm);
}
VAGRAM_CLONES void UnitRows(int64_t rows, int64_t cols, const double* values, double* unit,
                            double* norm) {
  UnitRowsLoop(rows, cols, values, unit, norm);
}

VAGRAM_CLONES void UnitRowsGradient(int64_t rows, int64_t cols, const float* unit,
                                    const float* norm, float* gradient) {
  UnitRowsGradientLoop(rows, cols, unit, norm, gradient);
}
VAGRAM_CLONES void UnitRowsGradient(int64_t rows, int64_t cols, const double* unit,
                                    const double* norm, double* gradient) {
  UnitRowsGradientLoop(rows, cols, unit, norm, gradient);
}

}  // namespace vagram::kernels
