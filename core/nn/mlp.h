#ifndef CORE_NN_MLP_H_
#define CORE_NN_MLP_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/random.h"
#include "core/nn/activation.h"

namespace vagram {

// `networks` MLPs of equal shape, stacked: sizes = {inputs, hidden..., outputs}, the activation
// after every layer but the last.
struct MlpShape {
  int64_t networks = 1;
  std::vector<int64_t> sizes;
  Activation activation = Activation::kRelu;

  int64_t inputs() const { return sizes.front(); }
  int64_t outputs() const { return sizes.back(); }
  int64_t num_layers() const { return static_cast<int64_t>(sizes.size()) - 1; }
  int64_t num_parameters() const;  // of all networks together
};

// What one forward pass leaves for its backward pass. Reused from call to call: tensors are
// allocated when the batch size changes and never again.
struct MlpWorkspace {
  at::Tensor input;                  // [networks or 1, batch, inputs], not owned by the pass
  std::vector<at::Tensor> pre;       // per layer, before the activation (kept for silu only)
  std::vector<at::Tensor> post;      // per layer, after it: [networks, batch, width]
  std::vector<at::Tensor> gradient;  // per layer, dL/d(pre)
  at::Tensor input_gradient;         // [networks, batch, inputs]

  // The buffer last given for dL/d(parameters), and its views per layer.
  at::Tensor parameter_gradient;
  std::vector<at::Tensor> weight_gradient;
  std::vector<at::Tensor> bias_gradient;
};

// Views of stacked MLPs on one contiguous buffer of parameters. Layout: layer by layer, the weights
// [networks, in, out] and then the biases [networks, 1, out], row-major. The buffer is what Adam,
// Polyak averaging, the wire format and checkpoints see. Forward and backward are written out by
// hand: one batched product per layer, bias and activation fused in one pass, gradients straight
// into a flat buffer of the same layout; no autograd graph is built.
// Not thread-safe; copies share the parameters.
class StackedMlp {
 public:
  // Over `parameters` [shape.num_parameters()], float32 or float64, contiguous, on any device.
  //   INVALID_ARGUMENT: sizes do not fit.
  static absl::StatusOr<StackedMlp> Create(MlpShape shape, at::Tensor parameters);

  const MlpShape& shape() const { return shape_; }
  const at::Tensor& parameters() const { return parameters_; }
  const at::Tensor& weight(int64_t layer) const { return weights_[layer]; }  // [networks, in, out]
  const at::Tensor& bias(int64_t layer) const { return biases_[layer]; }     // [networks, 1, out]

  // x: [batch, inputs] or [1, batch, inputs] (shared by all networks), or [networks, batch,
  // inputs]. Returns [networks, batch, outputs], which lives in `workspace` until its next pass.
  const at::Tensor& Forward(const at::Tensor& x, MlpWorkspace& workspace) const;

  // After Forward with the same workspace; output_gradient: dL/d(output) [networks, batch,
  // outputs]. Writes (not adds) dL/d(parameters) into `parameter_gradient` when it is defined, and
  // returns dL/dx [networks, batch, inputs] (in the workspace) when `want_input_gradient`, else an
  // undefined tensor. What is not asked for is not computed.
  const at::Tensor& Backward(const at::Tensor& output_gradient, MlpWorkspace& workspace,
                             const at::Tensor& parameter_gradient, bool want_input_gradient) const;

 private:
  StackedMlp() = default;
  void ViewLayers(const at::Tensor& flat, std::vector<at::Tensor>& weights,
                  std::vector<at::Tensor>& biases) const;

  MlpShape shape_;
  at::Tensor parameters_;
  std::vector<at::Tensor> weights_;
  std::vector<at::Tensor> biases_;
};

// Initial parameters (float32, CPU): truncated normal (cut at two deviations) with standard
// deviation 1/(2 sqrt(fan_in)), biases zero (Janner 2019; the ensemble's convention).
at::Tensor TruncatedNormalParameters(const MlpShape& shape, Rng& rng);

// Initial parameters (float32, CPU): weights and biases uniform in +-1/sqrt(fan_in), the usual
// default of linear layers in SAC implementations.
at::Tensor UniformParameters(const MlpShape& shape, Rng& rng);

}  // namespace vagram

#endif  // CORE_NN_MLP_H_
