#ifndef CORE_NN_KERNELS_H_
#define CORE_NN_KERNELS_H_

#include <cstdint>

#include "core/nn/activation.h"

// The element-wise passes of the networks on the CPU, each one sweep over memory, compiled for
// several instruction sets and picked when the program is loaded. All arrays are row-major and
// dense and do not overlap unless stated. Results depend on the instruction set (fused
// multiply-adds), never on the run. Thread-safe: no state.
namespace vagram::kernels {

// values [rows, cols] += bias [cols].
void AddBias(int64_t rows, int64_t cols, const float* bias, float* values);
void AddBias(int64_t rows, int64_t cols, const double* bias, double* values);

// values <- activation(values + bias). `pre`, when not null, keeps values + bias.
void BiasActivation(Activation activation, int64_t rows, int64_t cols, const float* bias,
                    float* values, float* pre);
void BiasActivation(Activation activation, int64_t rows, int64_t cols, const double* bias,
                    double* values, double* pre);

// gradient [rows, cols] <- gradient * activation'(pre), where `forward` is what the derivative is
// cheapest in: the output for relu and tanh, the input (`pre`) for silu. `bias_gradient` [cols],
// when not null, receives the column sums of the result.
void ActivationGradient(Activation activation, int64_t rows, int64_t cols, const float* forward,
                        float* gradient, float* bias_gradient);
void ActivationGradient(Activation activation, int64_t rows, int64_t cols, const double* forward,
                        double* gradient, double* bias_gradient);

// sums [cols] <- column sums of values [rows, cols].
void ColumnSums(int64_t rows, int64_t cols, const float* values, float* sums);
void ColumnSums(int64_t rows, int64_t cols, const double* values, double* sums);

// The constants of one Adam step (Kingma and Ba, 2015, Algorithm 1), bias corrections included:
// p -= step_size * m / (sqrt(v) * root_correction + epsilon).
struct AdamStep {
  double beta1;
  double beta2;
  double epsilon;
  double weight_decay;
  double step_size;        // learning rate / (1 - beta1^t)
  double root_correction;  // 1 / sqrt(1 - beta2^t)
};
void Adam(const AdamStep& step, int64_t size, const float* gradient, float* parameters,
          float* first_moment, float* second_moment);
void Adam(const AdamStep& step, int64_t size, const double* gradient, double* parameters,
          double* first_moment, double* second_moment);

// target <- target + tau (source - target).
void Polyak(double tau, int64_t size, const float* source, float* target);
void Polyak(double tau, int64_t size, const double* source, double* target);

}  // namespace vagram::kernels

#endif  // CORE_NN_KERNELS_H_
