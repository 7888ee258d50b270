#include "core/nn/mlp.h"

#include <ATen/ATen.h>
#include <ATen/core/LegacyTypeDispatch.h>

#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/logging.h"
#include "core/nn/kernels.h"
#include "core/nn/plain_passes.h"

namespace vagram {
namespace {

const at::Tensor& Undefined() {
  static const at::Tensor* const undefined = new at::Tensor;
  return *undefined;
}

bool HasFusedPasses(const at::Tensor& tensor) { return tensor.is_cpu(); }

// Calls pass(T()) with T the tensor's element type.
template <typename Pass>
void WithElementType(const at::Tensor& tensor, Pass pass) {
  tensor.scalar_type() == at::kFloat ? pass(float()) : pass(double());
}

// Gives `tensor` these sizes, keeping its memory when it has them already.
void EnsureSizes(at::Tensor& tensor, at::IntArrayRef sizes, const at::TensorOptions& options) {
  if (!tensor.defined() || tensor.sizes() != sizes || tensor.dtype() != options.dtype() ||
      tensor.device() != options.device()) {
    tensor = at::empty(sizes, options);
  }
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
  for (int64_t l = 0; l < num_layers(); ++l) per_network += (sizes[l] + 1) * sizes[l + 1];
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
  mlp.ViewLayers(mlp.parameters_, mlp.weights_, mlp.biases_);
  return mlp;
}

void StackedMlp::ViewLayers(const at::Tensor& flat, std::vector<at::Tensor>& weights,
                            std::vector<at::Tensor>& biases) const {
  weights.clear();
  biases.clear();
  int64_t offset = 0;
  for (int64_t l = 0; l < shape_.num_layers(); ++l) {
    const int64_t in = shape_.sizes[l], out = shape_.sizes[l + 1], networks = shape_.networks;
    weights.push_back(flat.narrow(0, offset, networks * in * out).view({networks, in, out}));
    offset += networks * in * out;
    biases.push_back(flat.narrow(0, offset, networks * out).view({networks, 1, out}));
    offset += networks * out;
  }
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
  for (int64_t l = 0; l < num_layers; ++l) {
    const bool hidden = l + 1 < num_layers;
    const std::array<int64_t, 3> sizes = {shape_.networks, batch, shape_.sizes[l + 1]};
    EnsureSizes(workspace.post[l], sizes, parameters_.options());
    if (hidden && keep_pre) EnsureSizes(workspace.pre[l], sizes, parameters_.options());

    const at::Tensor& below = l == 0 ? input : workspace.post[l - 1];
    at::bmm_out(workspace.post[l], ForEveryNetwork(below, shape_.networks), weights_[l]);
    if (hidden) {
      BiasActivation(shape_.activation, biases_[l], workspace.post[l], workspace.pre[l]);
    } else {
      AddBias(biases_[l], workspace.post[l]);
    }
  }
  return workspace.post.back();
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
      ViewLayers(parameter_gradient, workspace.weight_gradient, workspace.bias_gradient);
    }
  }

  const bool keep_pre = shape_.activation == Activation::kSilu;
  workspace.gradient.resize(num_layers);
  workspace.gradient.back() = output_gradient.contiguous();
  for (int64_t l = num_layers - 1; l >= 0; --l) {
    at::Tensor& gradient = workspace.gradient[l];
    const at::Tensor& bias_gradient = want_parameters ? workspace.bias_gradient[l] : Undefined();
    if (l + 1 < num_layers) {
      ActivationGradient(shape_.activation, keep_pre ? workspace.pre[l] : workspace.post[l],
                         gradient, bias_gradient);
    } else if (want_parameters) {
      SumOverBatch(gradient, bias_gradient);
    }
    if (want_parameters) {
      const at::Tensor& below = l == 0 ? workspace.input : workspace.post[l - 1];
      at::bmm_out(workspace.weight_gradient[l],
                  ForEveryNetwork(below, shape_.networks).transpose(1, 2), gradient);
    }
    if (l > 0 || want_input_gradient) {
      at::Tensor& below_gradient = l > 0 ? workspace.gradient[l - 1] : workspace.input_gradient;
      EnsureSizes(below_gradient, {shape_.networks, gradient.size(1), shape_.sizes[l]},
                  parameters_.options());
      at::bmm_out(below_gradient, gradient, weights_[l].transpose(1, 2));
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
