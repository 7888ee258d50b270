#ifndef CORE_NN_ADAM_H_
#define CORE_NN_ADAM_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace vagram {

struct AdamOptions {
  double learning_rate = 3e-4;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  // Added to the gradient as weight_decay * parameter (L2, as in the reference implementations).
  double weight_decay = 0;
};

// Adam (Kingma and Ba, 2015, Algorithm 1) on one flat buffer, as a single pass. Holds the moments;
// the parameters belong to the caller. Not thread-safe.
class Adam {
 public:
  // For buffers like `parameters`: same size, dtype and device.
  Adam(const at::Tensor& parameters, AdamOptions options);

  // One step: parameters <- parameters - update(gradient). All three flat and contiguous.
  void Step(const at::Tensor& parameters, const at::Tensor& gradient);

  const at::Tensor& first_moment() const { return first_moment_; }
  const at::Tensor& second_moment() const { return second_moment_; }
  int64_t steps() const { return steps_; }
  void Restore(const at::Tensor& first_moment, const at::Tensor& second_moment, int64_t steps);

 private:
  AdamOptions options_;
  at::Tensor first_moment_;
  at::Tensor second_moment_;
  int64_t steps_ = 0;
};

// target <- (1 - tau) target + tau source, one pass over flat buffers.
void PolyakAverage(const at::Tensor& source, double tau, const at::Tensor& target);

}  // namespace vagram

#endif  // CORE_NN_ADAM_H_
