#ifndef CORE_DYNAMICS_NORMALIZER_H_
#define CORE_DYNAMICS_NORMALIZER_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace vagram {

// Shifts and scales what the ensemble is given, (state, action), to mean 0 and deviation 1 per
// dimension. An entry that does not vary is only shifted. Not thread-safe.
class Normalizer {
 public:
  // Leaves `num_inputs` inputs as they are until fitted.
  explicit Normalizer(int64_t num_inputs);

  // To the mean and the (population) deviation of the rows of states [N, n] and actions [N, m].
  void Fit(const at::Tensor& states, const at::Tensor& actions);

  // To given values, float32 [n + m] each.
  void Set(const at::Tensor& mean, const at::Tensor& std);

  // To another device, where it then wants its inputs.
  void MoveTo(const at::Device& device);

  // states [..., n] and actions [..., m] of equal leading dimensions -> [..., n + m].
  at::Tensor Apply(const at::Tensor& states, const at::Tensor& actions) const;

  const at::Tensor& mean() const { return mean_; }
  const at::Tensor& std() const { return std_; }

 private:
  at::Tensor mean_;
  at::Tensor std_;
};

}  // namespace vagram

#endif  // CORE_DYNAMICS_NORMALIZER_H_
