#include "core/nn/mlp.h"

#include <ATen/ATen.h>
#include <ATen/core/LegacyTypeDispatch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/logging.h"
#include "core/nn/dispatch.h"
#include "core/nn/kernels.h"
#include "core/nn/normalization.h"
#include "core/nn/plain_passes.h"

namespace vagram {
namespace {

const at::Tensor& Undefined() {
  static const at::Tensor* const undefined = new at::Tensor;
  return *undefined;
}

// [1 or networks, rows, cols] -> [networks, rows, cols], without a copy.
at::Tensor ForEveryNetwork(const at::Tensor& tensor, int64_t networks) {
  return tensor.size(0) == networks ? tensor : tensor.expand({networks, -1, -1});
}

// values [networks, batch, width] <- values + bias, without an activation: the last layer.
void AddBias(const at::Tensor& bias, at::Tensor& values) {
  if (!HasFusedPasses(values)) {
    values.add_(bias);
    return;
  }
  const int64_t networks = values.size(0), batch = values.size(1), width = values.size(2);
  WithElementType(values, [&](auto type) {
    using T = decltype(type);
    for (int64_t n = 0; n < networks; ++n) {
      kernels::AddBias(batch, width, bias.data_ptr<T>() + n * width,
                       values.data_ptr<T>() + n * batch * width);
    }
  });
}

// values <- activation(values + bias); `pre`, when defined, keeps values + bias.
void BiasActivation(Activation activation, const at::Tensor& bias, at::Tensor& values,
                    at::Tensor& pre) {
  if (!HasFusedPasses(values)) {
    return plain::BiasActivation(activation, bias, values, pre);
  }
  const int64_t networks = values.size(0), batch = values.size(1), width = values.size(2);
  WithElementType(values, [&](auto type) {
    using T = decltype(type);
    for (int64_t n = 0; n < networks; ++n) {
      const int64_t first = n * batch * width;
      kernels::BiasActivation(activation, batch, width, bias.data_ptr<T>() + n * width,
                              values.data_ptr<T>() + first,
                              pre.defined() ? pre.data_ptr<T>() + first : nullptr);
    }
  });
}

// gradient <- gradient * activation'; `bias_gradient` [networks, 1, width], when defined, receives
// the sums over the batch.
void ActivationGradient(Activation activation, const at::Tensor& forward, at::Tensor& gradient,
                        at::Tensor bias_gradient) {
  if (!HasFusedPasses(gradient)) {
    return plain::ActivationGradient(activation, forward, gradient, bias_gradient);
  }
  const int64_t networks = gradient.size(0), batch = gradient.size(1), width = gradient.size(2);
  WithElementType(gradient, [&](auto type) {
    using T = decltype(type);
    for (int64_t n = 0; n < networks; ++n) {
      const int64_t first = n * batch * width;
      kernels::ActivationGradient(
          activation, batch, width, forward.data_ptr<T>() + first, gradient.data_ptr<T>() + first,
          bias_gradient.defined() ? bias_gradient.data_ptr<T>() + n * width : nullptr);
    }
  });
}

// sums [networks, 1, width] <- sums of values [networks, batch, width] over the batch.
void SumOverBatch(const at::Tensor& values, at::Tensor sums) {
  if (!HasFusedPasses(values)) {
    return plain::SumOverBatch(values, sums);
  }
  const int64_t networks = values.size(0), batch = values.size(1), width = values.size(2);
  WithElementType(values, [&](auto type) {
    using T = decltype(type);
    for (int64_t n = 0; n < networks; ++n) {
      kernels::ColumnSums(batch, width, values.data_ptr<T>() + n * batch * width,
                          sums.data_ptr<T>() + n * width);
    }
  });
}

}  // namespace

int64_t MlpShape::num_parameters() const {
  int64_t per_network = 0;
  for (int64_t l = 0; l < num_layers(); ++l) {
    const bool normalized = layer_norm && l + 1 < num_layers();
    per_network += (sizes[l] + (normalized ? 3 : 1)) * sizes[l + 1];
  }
  return networks * per_network;
}

absl::StatusOr<StackedMlp> StackedMlp::Create(MlpShape shape, at::Tensor parameters) {
  bool positive = shape.networks > 0 && shape.sizes.size() >= 2;
  for (int64_t size : shape.sizes) positive = positive && size > 0;
  if (!positive) {
    return absl::InvalidArgumentError(absl::StrCat(
        "MLP shape is ", shape.networks, " networks of sizes [", absl::StrJoin(shape.sizes, ", "),
        "], expected at least one network with inputs and outputs, all above zero"));
  }
  if (!parameters.defined() || parameters.dim() != 1 ||
      parameters.numel() != shape.num_parameters()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "MLP of ", shape.networks, " networks of sizes [", absl::StrJoin(shape.sizes, ", "),
        "] has ", shape.num_parameters(), " parameters in one flat tensor, got ",
        parameters.defined()
            ? absl::StrCat(parameters.numel(), " in ", parameters.dim(), " dimensions")
            : "none"));
  }
  if (!parameters.is_contiguous() ||
      (parameters.scalar_type() != at::kFloat && parameters.scalar_type() != at::kDouble)) {
    return absl::InvalidArgumentError(
        absl::StrCat("MLP parameters are expected contiguous, float32 or float64, got ",
                     c10::toString(parameters.scalar_type()),
                     parameters.is_contiguous() ? "" : ", not contiguous"));
  }
  StackedMlp mlp;
  mlp.shape_ = std::move(shape);
  mlp.parameters_ = std::move(parameters);
  mlp.layers_ = mlp.ViewLayers(mlp.parameters_);
  return mlp;
}

MlpLayers StackedMlp::ViewLayers(const at::Tensor& flat) const {
  MlpLayers layers;
  int64_t offset = 0;
  const auto next = [&](int64_t rows, int64_t cols) {
    const int64_t count = shape_.networks * rows * cols;
    offset += count;
    return flat.narrow(0, offset - count, count).view({shape_.networks, rows, cols});
  };
  for (int64_t l = 0; l < shape_.num_layers(); ++l) {
    const int64_t in = shape_.sizes[l], out = shape_.sizes[l + 1];
    layers.weights.push_back(next(in, out));
    layers.biases.push_back(next(1, out));
    if (!shape_.layer_norm || l + 1 == shape_.num_layers()) continue;
    layers.gains.push_back(next(1, out));
    layers.offsets.push_back(next(1, out));
  }
  return layers;
}

const at::Tensor& StackedMlp::LayerInput(int64_t layer, const MlpWorkspace& workspace) const {
  if (layer == 0) return workspace.input;
  return layer - 1 == unit_layer() ? workspace.features : workspace.post[layer - 1];
}

void StackedMlp::ActivateHidden(int64_t layer, MlpWorkspace& workspace) const {
  at::Tensor& values = workspace.post[layer];
  at::Tensor dropped;  // undefined: every unit is kept
  if (workspace.dropout.probability > 0) {
    EnsureSizes(workspace.keep[layer], values.sizes(), values.options());
    DrawKeep(workspace.dropout, workspace.keep[layer]);
    dropped = workspace.keep[layer];
  }
  // What the activation's pass adds: the bias, unless it had to be in before.
  at::Tensor bias = layers_.biases[layer];
  if (shape_.layer_norm) {
    LayerNorm(bias, dropped, layers_.gains[layer], values, workspace.normalized[layer],
              workspace.inverse_std[layer]);
    bias = layers_.offsets[layer];
  } else if (dropped.defined()) {
    AddBias(bias, values);
    values.mul_(dropped);
    bias = at::zeros_like(bias);
  }
  BiasActivation(shape_.activation, bias, values, workspace.pre[layer]);
  if (layer == unit_layer()) UnitRows(values, workspace.features, workspace.feature_norm);
}

const at::Tensor& StackedMlp::Forward(const at::Tensor& x, MlpWorkspace& workspace) const {
  at::AutoDispatchBelowADInplaceOrView no_autograd;
  workspace.input = (x.dim() == 2 ? x.unsqueeze(0) : x).contiguous();
  const at::Tensor& input = workspace.input;
  CHECK(input.dim() == 3 && (input.size(0) == 1 || input.size(0) == shape_.networks) &&
        input.size(2) == shape_.inputs() && input.dtype() == parameters_.dtype())
      << "MLP input is " << c10::toString(x.scalar_type()) << " " << x.sizes() << ", expected "
      << c10::toString(parameters_.scalar_type()) << " [1 or " << shape_.networks << ", batch, "
      << shape_.inputs() << "]";

  const int64_t batch = input.size(1), num_layers = shape_.num_layers();
  const bool keep_pre = shape_.activation == Activation::kSilu;
  workspace.post.resize(num_layers);
  workspace.pre.resize(num_layers);
  if (workspace.dropout.probability > 0) workspace.keep.resize(num_layers - 1);
  if (shape_.layer_norm) {
    workspace.normalized.resize(num_layers - 1);
    workspace.inverse_std.resize(num_layers - 1);
  }
  for (int64_t l = 0; l < num_layers; ++l) {
    const bool hidden = l + 1 < num_layers;
    const std::array<int64_t, 3> sizes = {shape_.networks, batch, shape_.sizes[l + 1]};
    EnsureSizes(workspace.post[l], sizes, parameters_.options());
    if (hidden && keep_pre) EnsureSizes(workspace.pre[l], sizes, parameters_.options());

    at::bmm_out(workspace.post[l], ForEveryNetwork(LayerInput(l, workspace), shape_.networks),
                layers_.weights[l]);
    if (hidden) {
      ActivateHidden(l, workspace);
    } else {
      AddBias(layers_.biases[l], workspace.post[l]);
    }
  }
  return workspace.post.back();
}

void StackedMlp::HiddenGradient(int64_t layer, bool want_parameters,
                                MlpWorkspace& workspace) const {
  at::Tensor& gradient = workspace.gradient[layer];
  if (layer == unit_layer()) {
    UnitRowsGradient(workspace.features, workspace.feature_norm, gradient);
  }
  const bool drops = workspace.dropout.probability > 0;
  const MlpLayers& into = workspace.layer_gradient;
  const at::Tensor& bias_gradient = want_parameters ? into.biases[layer] : Undefined();
  const at::Tensor& forward =
      shape_.activation == Activation::kSilu ? workspace.pre[layer] : workspace.post[layer];
  if (shape_.layer_norm) {
    ActivationGradient(shape_.activation, forward, gradient,
                       want_parameters ? into.offsets[layer] : Undefined());
    LayerNormGradient(drops ? workspace.keep[layer] : Undefined(), layers_.gains[layer],
                      workspace.normalized[layer], workspace.inverse_std[layer], gradient,
                      want_parameters ? into.gains[layer] : Undefined(), bias_gradient);
  } else if (drops) {
    ActivationGradient(shape_.activation, forward, gradient, Undefined());
    gradient.mul_(workspace.keep[layer]);
    if (want_parameters) SumOverBatch(gradient, bias_gradient);
  } else {
    ActivationGradient(shape_.activation, forward, gradient, bias_gradient);
  }
}

const at::Tensor& StackedMlp::Backward(const at::Tensor& output_gradient, MlpWorkspace& workspace,
                                       const at::Tensor& parameter_gradient,
                                       bool want_input_gradient) const {
  const bool want_parameters = parameter_gradient.defined();
  if (!want_parameters && !want_input_gradient) return Undefined();
  at::AutoDispatchBelowADInplaceOrView no_autograd;
  const int64_t num_layers = shape_.num_layers();
  CHECK_EQ(static_cast<int64_t>(workspace.post.size()), num_layers) << "Backward before Forward";
  CHECK(output_gradient.sizes() == workspace.post.back().sizes())
      << "gradient of the MLP's output is " << output_gradient.sizes() << ", expected "
      << workspace.post.back().sizes();
  if (want_parameters) {
    CHECK(parameter_gradient.numel() == parameters_.numel() && parameter_gradient.is_contiguous())
        << "expected a contiguous buffer of " << parameters_.numel() << " for the gradient, got "
        << parameter_gradient.sizes();
    // The views are kept while the caller passes the same buffer.
    if (!workspace.parameter_gradient.is_same(parameter_gradient)) {
      workspace.parameter_gradient = parameter_gradient;
      workspace.layer_gradient = ViewLayers(parameter_gradient);
    }
  }

  workspace.gradient.resize(num_layers);
  workspace.gradient.back() = output_gradient.contiguous();
  for (int64_t l = num_layers - 1; l >= 0; --l) {
    at::Tensor& gradient = workspace.gradient[l];
    if (l + 1 < num_layers) {
      HiddenGradient(l, want_parameters, workspace);
    } else if (want_parameters) {
      SumOverBatch(gradient, workspace.layer_gradient.biases[l]);
    }
    if (want_parameters) {
      at::bmm_out(workspace.layer_gradient.weights[l],
                  ForEveryNetwork(LayerInput(l, workspace), shape_.networks).transpose(1, 2),
                  gradient);
    }
    if (l > 0 || want_input_gradient) {
      at::Tensor& below_gradient = l > 0 ? workspace.gradient[l - 1] : workspace.input_gradient;
      EnsureSizes(below_gradient, {shape_.networks, gradient.size(1), shape_.sizes[l]},
                  parameters_.options());
      at::bmm_out(below_gradient, gradient, layers_.weights[l].transpose(1, 2));
    }
  }
  return want_input_gradient ? workspace.input_gradient : Undefined();
}

namespace {

// Fills the flat buffer layer by layer; draw(fan_in) gives a weight, draw_bias(fan_in) a bias.
template <typename Draw, typename DrawBias>
at::Tensor DrawParameters(const MlpShape& shape, Draw draw, DrawBias draw_bias) {
  at::Tensor parameters = at::empty({shape.num_parameters()}, at::kFloat);
  float* next = parameters.data_ptr<float>();
  for (int64_t l = 0; l < shape.num_layers(); ++l) {
    const int64_t in = shape.sizes[l], out = shape.sizes[l + 1];
    for (int64_t i = 0; i < shape.networks * in * out; ++i) *next++ = draw(in);
    for (int64_t i = 0; i < shape.networks * out; ++i) *next++ = draw_bias(in);
    if (!shape.layer_norm || l + 1 == shape.num_layers()) continue;
    next = std::fill_n(next, shape.networks * out, 1.0f);  // gains
    next = std::fill_n(next, shape.networks * out, 0.0f);  // offsets
  }
  return parameters;
}

}  // namespace

at::Tensor TruncatedNormalParameters(const MlpShape& shape, Rng& rng) {
  const auto draw = [&rng](int64_t fan_in) {
    double z;
    do z = rng.Normal();
    while (std::abs(z) > 2);
    return static_cast<float>(z / (2 * std::sqrt(static_cast<double>(fan_in))));
  };
  return DrawParameters(shape, draw, [](int64_t) { return 0.0f; });
}

at::Tensor UniformParameters(const MlpShape& shape, Rng& rng) {
  const auto draw = [&rng](int64_t fan_in) {
    const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
    return static_cast<float>(rng.Uniform(-bound, bound));
  };
  return DrawParameters(shape, draw, draw);
}

}  // namespace vagram
