#ifndef CORE_NN_DISPATCH_H_
#define CORE_NN_DISPATCH_H_

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

namespace vagram {

// True: the fused CPU kernels serve this tensor; false: the plain ATen passes do.
inline bool HasFusedPasses(const at::Tensor& tensor) { return tensor.is_cpu(); }

// Calls pass(T()) with T the tensor's element type, float or double.
template <typename Pass>
void WithElementType(const at::Tensor& tensor, Pass pass) {
  tensor.scalar_type() == at::kFloat ? pass(float()) : pass(double());
}

// Gives `tensor` these sizes, keeping its memory when it has them already.
inline void EnsureSizes(at::Tensor& tensor, at::IntArrayRef sizes,
                        const at::TensorOptions& options) {
  if (!tensor.defined() || tensor.sizes() != sizes || tensor.dtype() != options.dtype() ||
      tensor.device() != options.device()) {
    tensor = at::empty(sizes, options);
  }
}

}  // namespace vagram

#endif  // CORE_NN_DISPATCH_H_
