#include "core/dynamics/disagreement.h"

#include <ATen/ATen.h>

namespace vagram {

at::Tensor Disagreement(const at::Tensor& means, const at::Tensor& deviation) {
  return at::var(means / deviation, at::IntArrayRef{0}, /*unbiased=*/false).mean(1).sqrt_();
}

}  // namespace vagram
