#include "core/nn/kernels.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "core/nn/kernel_clones.h"

namespace vagram::kernels {
namespace {

// e^x = 2^k e^r with k = round(x / ln 2), |r| <= ln(2)/2, and e^r by its Taylor series, whose
// remainder is below half a unit in the last place after 7 (float) and 13 (double) terms. Written
// out because calls of libm's exp keep the loops from being vectorised. Saturates instead of
// overflowing: sigmoid and tanh need no more.
template <typename T>
struct ExpTraits;
template <>
struct ExpTraits<float> {
  using Bits = uint32_t;
  static constexpr float kMax = 87.0f;
  static constexpr float kRound = 0x1.8p23f;  // adding it rounds to an integer in the low bits
  static constexpr float kLn2High = 0x1.62e4p-1f;
  static constexpr float kLn2Low = 0x1.7f7d1cp-20f;
  static constexpr int kMantissaBits = 23;
  static constexpr int kBias = 127;
  static constexpr int kTerms = 7;
};
template <>
struct ExpTraits<double> {
  using Bits = uint64_t;
  static constexpr double kMax = 708.0;
  static constexpr double kRound = 0x1.8p52;
  static constexpr double kLn2High = 0x1.62e42fee00000p-1;
  static constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  static constexpr int kMantissaBits = 52;
  static constexpr int kBias = 1023;
  static constexpr int kTerms = 13;
};

template <typename T>
VAGRAM_INLINE T Exp(T x) {
  using Traits = ExpTraits<T>;
  using Bits = typename Traits::Bits;
  x = x > Traits::kMax ? Traits::kMax : x;
  x = x < -Traits::kMax ? -Traits::kMax : x;
  const T shifted = x * T(1.44269504088896340736) + Traits::kRound;
  const T k = shifted - Traits::kRound;
  const T r = (x - k * Traits::kLn2High) - k * Traits::kLn2Low;
  T series = 1;
#pragma GCC unroll 16
  for (int n = Traits::kTerms; n >= 1; --n) series = series * r * (T(1) / T(n)) + T(1);
  Bits round_bits, bits;
  const T round = Traits::kRound;
  std::memcpy(&bits, &shifted, sizeof(bits));
  std::memcpy(&round_bits, &round, sizeof(round_bits));
  bits = (bits - round_bits + Traits::kBias) << Traits::kMantissaBits;
  T power;
  std::memcpy(&power, &bits, sizeof(power));
  return series * power;
}

template <typename T>
VAGRAM_INLINE T Sigmoid(T x) {
  return T(1) / (T(1) + Exp(-x));
}

struct Relu {
  template <typename T>
  static VAGRAM_INLINE T Value(T x) {
    return T(0) > x ? T(0) : x;  // in this order NaN stays NaN
  }
  template <typename T>
  static VAGRAM_INLINE T Slope(T output) {
    return output > T(0) ? T(1) : T(0);
  }
};

struct Tanh {
  template <typename T>
  static VAGRAM_INLINE T Value(T x) {
    return T(2) * Sigmoid(T(2) * x) - T(1);
  }
  template <typename T>
  static VAGRAM_INLINE T Slope(T output) {
    return T(1) - output * output;
  }
};

struct Silu {
  template <typename T>
  static VAGRAM_INLINE T Value(T x) {
    return x * Sigmoid(x);
  }
  template <typename T>
  static VAGRAM_INLINE T Slope(T input) {
    const T s = Sigmoid(input);
    return s * (T(1) + input * (T(1) - s));
  }
};

template <typename T>
VAGRAM_INLINE void AddBiasLoop(int64_t rows, int64_t cols, const T* __restrict bias,
                               T* __restrict values) {
  for (int64_t r = 0; r < rows; ++r, values += cols) {
    for (int64_t c = 0; c < cols; ++c) values[c] += bias[c];
  }
}

template <typename F, typename T>
VAGRAM_INLINE void ForwardLoop(int64_t rows, int64_t cols, const T* __restrict bias,
                               T* __restrict values, T* __restrict pre) {
  if (pre == nullptr) {
    for (int64_t r = 0; r < rows; ++r, values += cols) {
      for (int64_t c = 0; c < cols; ++c) values[c] = F::Value(values[c] + bias[c]);
    }
    return;
  }
  for (int64_t r = 0; r < rows; ++r, values += cols, pre += cols) {
    for (int64_t c = 0; c < cols; ++c) {
      const T x = values[c] + bias[c];
      pre[c] = x;
      values[c] = F::Value(x);
    }
  }
}

template <typename T>
VAGRAM_INLINE void Forward(Activation activation, int64_t rows, int64_t cols, const T* bias,
                           T* values, T* pre) {
  switch (activation) {
    case Activation::kRelu:
      return ForwardLoop<Relu>(rows, cols, bias, values, pre);
    case Activation::kTanh:
      return ForwardLoop<Tanh>(rows, cols, bias, values, pre);
    case Activation::kSilu:
      return ForwardLoop<Silu>(rows, cols, bias, values, pre);
  }
}

template <typename F, typename T>
VAGRAM_INLINE void GradientLoop(int64_t rows, int64_t cols, const T* __restrict forward,
                                T* __restrict gradient, T* __restrict bias_gradient) {
  if (bias_gradient == nullptr) {
    const int64_t size = rows * cols;
    for (int64_t i = 0; i < size; ++i) gradient[i] *= F::Slope(forward[i]);
    return;
  }
  for (int64_t c = 0; c < cols; ++c) bias_gradient[c] = 0;
  for (int64_t r = 0; r < rows; ++r, gradient += cols, forward += cols) {
    for (int64_t c = 0; c < cols; ++c) {
      const T g = gradient[c] * F::Slope(forward[c]);
      gradient[c] = g;
      bias_gradient[c] += g;
    }
  }
}

template <typename T>
VAGRAM_INLINE void Gradient(Activation activation, int64_t rows, int64_t cols, const T* forward,
                            T* gradient, T* bias_gradient) {
  switch (activation) {
    case Activation::kRelu:
      return GradientLoop<Relu>(rows, cols, forward, gradient, bias_gradient);
    case Activation::kTanh:
      return GradientLoop<Tanh>(rows, cols, forward, gradient, bias_gradient);
    case Activation::kSilu:
      return GradientLoop<Silu>(rows, cols, forward, gradient, bias_gradient);
  }
}

template <typename T>
VAGRAM_INLINE void ColumnSumsLoop(int64_t rows, int64_t cols, const T* __restrict values,
                                  T* __restrict sums) {
  for (int64_t c = 0; c < cols; ++c) sums[c] = 0;
  for (int64_t r = 0; r < rows; ++r, values += cols) {
    for (int64_t c = 0; c < cols; ++c) sums[c] += values[c];
  }
}

template <typename T>
VAGRAM_INLINE void AdamLoop(const AdamStep& step, int64_t size, const T* __restrict gradient,
                            T* __restrict parameters, T* __restrict first_moment,
                            T* __restrict second_moment) {
  const T beta1 = step.beta1, rest1 = 1 - step.beta1;
  const T beta2 = step.beta2, rest2 = 1 - step.beta2;
  const T epsilon = step.epsilon, weight_decay = step.weight_decay;
  const T step_size = step.step_size, root_correction = step.root_correction;
  // Without a gradient (a dead unit's) a moment decays into the denormal numbers, where rounding
  // holds it for ever and every operation on it takes some hundred cycles: it is zero from there.
  const T smallest = std::numeric_limits<T>::min();
  for (int64_t i = 0; i < size; ++i) {
    const T g = gradient[i] + weight_decay * parameters[i];
    T m = beta1 * first_moment[i] + rest1 * g;
    T v = beta2 * second_moment[i] + rest2 * g * g;
    m = std::abs(m) < smallest ? T(0) : m;
    v = v < smallest ? T(0) : v;
    first_moment[i] = m;
    second_moment[i] = v;
    parameters[i] -= step_size * m / (std::sqrt(v) * root_correction + epsilon);
  }
}

template <typename T>
VAGRAM_INLINE void PolyakLoop(double tau, int64_t size, const T* __restrict source,
                              T* __restrict target) {
  const T share = tau;
  for (int64_t i = 0; i < size; ++i) target[i] += share * (source[i] - target[i]);
}

}  // namespace

VAGRAM_CLONES void AddBias(int64_t rows, int64_t cols, const float* bias, float* values) {
  AddBiasLoop(rows, cols, bias, values);
}
VAGRAM_CLONES void AddBias(int64_t rows, int64_t cols, const double* bias, double* values) {
  AddBiasLoop(rows, cols, bias, values);
}

VAGRAM_CLONES void BiasActivation(Activation activation, int64_t rows, int64_t cols,
                                  const float* bias, float* values, float* pre) {
  Forward(activation, rows, cols, bias, values, pre);
}
VAGRAM_CLONES void BiasActivation(Activation activation, int64_t rows, int64_t cols,
                                  const double* bias, double* values, double* pre) {
  Forward(activation, rows, cols, bias, values, pre);
}

VAGRAM_CLONES void ActivationGradient(Activation activation, int64_t rows, int64_t cols,
                                      const float* forward, float* gradient, float* bias_gradient) {
  Gradient(activation, rows, cols, forward, gradient, bias_gradient);
}
VAGRAM_CLONES void ActivationGradient(Activation activation, int64_t rows, int64_t cols,
                                      const double* forward, double* gradient,
                                      double* bias_gradient) {
  Gradient(activation, rows, cols, forward, gradient, bias_gradient);
}

VAGRAM_CLONES void ColumnSums(int64_t rows, int64_t cols, const float* values, float* sums) {
  ColumnSumsLoop(rows, cols, values, sums);
}
VAGRAM_CLONES void ColumnSums(int64_t rows, int64_t cols, const double* values, double* sums) {
  ColumnSumsLoop(rows, cols, values, sums);
}

VAGRAM_CLONES void Adam(const AdamStep& step, int64_t size, const float* gradient,
                        float* parameters, float* first_moment, float* second_moment) {
  AdamLoop(step, size, gradient, parameters, first_moment, second_moment);
}
VAGRAM_CLONES void Adam(const AdamStep& step, int64_t size, const double* gradient,
                        double* parameters, double* first_moment, double* second_moment) {
  AdamLoop(step, size, gradient, parameters, first_moment, second_moment);
}

VAGRAM_CLONES void Polyak(double tau, int64_t size, const float* source, float* target) {
  PolyakLoop(tau, size, source, target);
}
VAGRAM_CLONES void Polyak(double tau, int64_t size, const double* source, double* target) {
  PolyakLoop(tau, size, source, target);
}

}  // namespace vagram::kernels
