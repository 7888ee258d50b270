#ifndef CORE_NN_MLP_H_
#define CORE_NN_MLP_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/random.h"
#include "core/nn/activation.h"
#include "core/nn/dropout.h"

namespace vagram {

// `networks` MLPs of equal shape, stacked: sizes = {inputs, hidden..., outputs}, the activation
// after every layer but the last.
struct MlpShape {
  int64_t networks = 1;
  std::vector<int64_t> sizes;
  Activation activation = Activation::kRelu;
  bool layer_norm = false;     // before every activation (Ba 2016), with a learned gain and offset
  bool unit_features = false;  // the last hidden layer's activations, divided by their L2 norm

  int64_t inputs() const { return sizes.front(); }
  int64_t outputs() const { return sizes.back(); }
  int64_t num_layers() const { return static_cast<int64_t>(sizes.size()) - 1; }
  int64_t num_parameters() const;  // of all networks together
};

// Views of a flat buffer, per layer: weights [networks, in, out], the others [networks, 1, out].
struct MlpLayers {
  std::vector<at::Tensor> weights;
  std::vector<at::Tensor> biases;
  std::vector<at::Tensor> gains;    // of the hidden layers, with layer_norm
  std::vector<at::Tensor> offsets;  // likewise
};

// What one forward pass leaves for its backward pass. Reused from call to call: tensors are
// allocated when the batch size changes and never again.
struct MlpWorkspace {
  at::Tensor input;                  // [networks or 1, batch, inputs], not owned by the pass
  std::vector<at::Tensor> pre;       // per layer, before the activation (kept for silu only)
  std::vector<at::Tensor> post;      // per layer, after it: [networks, batch, width]
  std::vector<at::Tensor> gradient;  // per layer, dL/d(pre)
  at::Tensor input_gradient;         // [networks, batch, inputs]

  // Set by the owner for training passes; every other pass has none.
  Dropout dropout;

  // Of the hidden layers, where the shape or the dropout asks for them.
  std::vector<at::Tensor> keep;         // as DrawKeep fills it: [networks, batch, width]
  std::vector<at::Tensor> normalized;   // before the gain: [networks, batch, width]
  std::vector<at::Tensor> inverse_std;  // [networks, batch, 1]
  at::Tensor features;                  // of length 1: [networks, batch, width]
  at::Tensor feature_norm;              // [networks, batch, 1]

  // The buffer last given for dL/d(parameters), and its views per layer.
  at::Tensor parameter_gradient;
  MlpLayers layer_gradient;
};

// Views of stacked MLPs on one contiguous buffer of parameters. Layout: layer by layer, the weights
// [networks, in, out], the biases [networks, 1, out] and, in hidden layers with layer_norm, the
// gains and the offsets, shaped like the biases; row-major. A hidden layer is linear, dropout,
// layer normalization, activation (the order of Hiraoka 2022). The buffer is what Adam,
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
  const MlpLayers& layers() const { return layers_; }
  const at::Tensor& weight(int64_t layer) const { return layers_.weights[layer]; }
  const at::Tensor& bias(int64_t layer) const { return layers_.biases[layer]; }

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
  MlpLayers ViewLayers(const at::Tensor& flat) const;

  // The last hidden layer, whose activations are scaled to length 1; -1: none is.
  int64_t unit_layer() const { return shape_.unit_features ? shape_.num_layers() - 2 : -1; }
  // What layer `layer` was, or will be, given.
  const at::Tensor& LayerInput(int64_t layer, const MlpWorkspace& workspace) const;

  // From the products of layer `layer` in workspace.post to its activations, and back from
  // dL/d(activations) to dL/d(products) in workspace.gradient.
  void ActivateHidden(int64_t layer, MlpWorkspace& workspace) const;
  void HiddenGradient(int64_t layer, bool want_parameters, MlpWorkspace& workspace) const;

  MlpShape shape_;
  at::Tensor parameters_;
  MlpLayers layers_;
};

// Initial parameters (float32, CPU): truncated normal (cut at two deviations) with standard
// deviation 1/(2 sqrt(fan_in)), biases zero (Janner 2019; the ensemble's convention); gains one,
// offsets zero.
at::Tensor TruncatedNormalParameters(const MlpShape& shape, Rng& rng);

// Initial parameters (float32, CPU): weights and biases uniform in +-1/sqrt(fan_in), the usual
// default of linear layers in SAC implementations; gains one, offsets zero.
at::Tensor UniformParameters(const MlpShape& shape, Rng& rng);

}  // namespace vagram

#endif  // CORE_NN_MLP_H_
