#include "core/nn/mlp.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "testing/tensors.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

// The same networks in plain differentiable ATen operations.
at::Tensor ReferenceForward(const StackedMlp& mlp, const at::Tensor& parameters, at::Tensor x) {
  const MlpShape& shape = mlp.shape();
  int64_t offset = 0;
  if (x.dim() == 2) x = x.unsqueeze(0);
  for (int64_t l = 0; l < shape.num_layers(); ++l) {
    const int64_t in = shape.sizes[l], out = shape.sizes[l + 1], n = shape.networks;
    const at::Tensor weight = parameters.narrow(0, offset, n * in * out).view({n, in, out});
    offset += n * in * out;
    const at::Tensor bias = parameters.narrow(0, offset, n * out).view({n, 1, out});
    offset += n * out;
    x = at::matmul(x, weight) + bias;
    if (l + 1 == shape.num_layers()) break;
    switch (shape.activation) {
      case Activation::kRelu:
        x = at::relu(x);
        break;
      case Activation::kSilu:
        x = at::silu(x);
        break;
      case Activation::kTanh:
        x = at::tanh(x);
        break;
    }
  }
  return x;
}

constexpr int64_t kBatch = 7;
constexpr int64_t kInputs = 5;
constexpr int64_t kOutputs = 2;

StackedMlp MakeMlp(Activation activation, int64_t networks, uint64_t seed = 1) {
  MlpShape shape{networks, {kInputs, 19, 33, kOutputs}, activation};
  return StackedMlp::Create(shape, Normal({shape.num_parameters()}, seed) * 0.3).value();
}

// Parameters: activation, leading size of the input (0: a plain matrix), networks.
class MlpGradientTest : public ::testing::TestWithParam<std::tuple<Activation, int, int>> {
 protected:
  void SetUp() override {
    const auto [activation, leading, networks] = GetParam();
    mlp_.push_back(MakeMlp(activation, networks));
    x_ = leading == 0 ? Normal({kBatch, kInputs}, 2) : Normal({leading, kBatch, kInputs}, 2);
    output_gradient_ = Normal({networks, kBatch, kOutputs}, 3);
  }

  const StackedMlp& mlp() const { return mlp_[0]; }

  std::vector<StackedMlp> mlp_;  // exactly one
  at::Tensor x_;
  at::Tensor output_gradient_;
};

TEST_P(MlpGradientTest, AgreesWithAutograd) {
  const at::Tensor parameters = mlp().parameters().clone().set_requires_grad(true);
  // Every network has a copy of its own, so that the gradient is per network as well.
  const int64_t networks = mlp().shape().networks;
  const at::Tensor x = (x_.dim() == 2 ? x_.unsqueeze(0) : x_)
                           .expand({networks, kBatch, kInputs})
                           .clone()
                           .set_requires_grad(true);
  const at::Tensor reference = ReferenceForward(mlp(), parameters, x);
  const auto expected = torch::autograd::grad({reference}, {parameters, x}, {output_gradient_});

  MlpWorkspace workspace;
  const at::Tensor output = mlp().Forward(x_, workspace);
  at::Tensor gradient = at::full_like(parameters, 99).detach();
  const at::Tensor input_gradient =
      mlp().Backward(output_gradient_, workspace, gradient, /*want_input_gradient=*/true);
  EXPECT_LT(LargestDifference(output, reference), 1e-13);
  EXPECT_LT(LargestDifference(gradient, expected[0]), 1e-12);
  EXPECT_LT(LargestDifference(input_gradient, expected[1]), 1e-12);
}

TEST_P(MlpGradientTest, AgreesWithFiniteDifferences) {
  MlpWorkspace workspace;
  mlp().Forward(x_, workspace);
  const at::Tensor gradient = at::empty_like(mlp().parameters());
  mlp().Backward(output_gradient_, workspace, gradient, false);

  const auto loss = [this](MlpWorkspace& scratch) {
    return mlp().Forward(x_, scratch).mul(output_gradient_).sum().item<double>();
  };
  MlpWorkspace scratch;
  double* parameters = mlp().parameters().data_ptr<double>();
  for (int64_t i = 0; i < mlp().parameters().numel(); i += 37) {
    const double kept = parameters[i], h = 1e-6;
    parameters[i] = kept + h;
    const double above = loss(scratch);
    parameters[i] = kept - h;
    const double below = loss(scratch);
    parameters[i] = kept;
    EXPECT_NEAR(gradient.data_ptr<double>()[i], (above - below) / (2 * h), 1e-7)
        << "parameter " << i;
  }
}

TEST_P(MlpGradientTest, ComputesOnlyWhatIsAskedFor) {
  MlpWorkspace workspace;
  mlp().Forward(x_, workspace);
  const at::Tensor both = at::empty_like(mlp().parameters());
  const at::Tensor input_gradient = mlp().Backward(output_gradient_, workspace, both, true).clone();

  mlp().Forward(x_, workspace);
  const at::Tensor only = at::empty_like(mlp().parameters());
  EXPECT_FALSE(mlp().Backward(output_gradient_, workspace, only, false).defined());
  EXPECT_TRUE(at::equal(both, only));

  mlp().Forward(x_, workspace);
  EXPECT_LT(LargestDifference(mlp().Backward(output_gradient_, workspace, at::Tensor(), true),
                              input_gradient),
            1e-13);
  EXPECT_FALSE(mlp().Backward(output_gradient_, workspace, at::Tensor(), false).defined());
}

INSTANTIATE_TEST_SUITE_P(ActivationsAndInputs, MlpGradientTest,
                         ::testing::Combine(::testing::Values(Activation::kRelu, Activation::kSilu,
                                                              Activation::kTanh),
                                            ::testing::Values(0, 1, 3), ::testing::Values(3)));
INSTANTIATE_TEST_SUITE_P(OneNetwork, MlpGradientTest,
                         ::testing::Combine(::testing::Values(Activation::kSilu),
                                            ::testing::Values(0, 1), ::testing::Values(1)));

TEST(MlpTest, Float32AgreesWithFloat64) {
  for (Activation activation : {Activation::kRelu, Activation::kSilu, Activation::kTanh}) {
    const StackedMlp exact = MakeMlp(activation, 2);
    const StackedMlp single =
        StackedMlp::Create(exact.shape(), exact.parameters().to(at::kFloat)).value();
    const at::Tensor x = Normal({kBatch, kInputs}, 5), g = Normal({2, kBatch, kOutputs}, 6);
    MlpWorkspace exact_workspace, workspace;
    const at::Tensor expected = exact.Forward(x, exact_workspace);
    EXPECT_LT(LargestDifference(single.Forward(x.to(at::kFloat), workspace), expected), 1e-5);
    const at::Tensor expected_gradient = at::empty_like(exact.parameters());
    const at::Tensor gradient = at::empty_like(single.parameters());
    exact.Backward(g, exact_workspace, expected_gradient, false);
    single.Backward(g.to(at::kFloat), workspace, gradient, false);
    EXPECT_LT(LargestDifference(gradient, expected_gradient), 1e-4);
  }
}

TEST(MlpTest, RepeatsTheSameBits) {
  const StackedMlp mlp = MakeMlp(Activation::kSilu, 3);
  const at::Tensor x = Normal({kBatch, kInputs}, 2), g = Normal({3, kBatch, kOutputs}, 3);
  std::vector<at::Tensor> outputs, gradients;
  for (int run = 0; run < 2; ++run) {
    MlpWorkspace workspace;
    outputs.push_back(mlp.Forward(x, workspace));
    gradients.push_back(at::empty_like(mlp.parameters()));
    mlp.Backward(g, workspace, gradients.back(), false);
  }
  EXPECT_TRUE(at::equal(outputs[0], outputs[1]));
  EXPECT_TRUE(at::equal(gradients[0], gradients[1]));
}

TEST(MlpTest, KeepsItsMemoryWhileTheBatchSizeStays) {
  const StackedMlp mlp = MakeMlp(Activation::kSilu, 3);
  const at::Tensor g = Normal({3, kBatch, kOutputs}, 3);
  const at::Tensor gradient = at::empty_like(mlp.parameters());
  MlpWorkspace workspace;
  const auto pass = [&](uint64_t seed) {
    mlp.Forward(Normal({kBatch, kInputs}, seed), workspace);
    mlp.Backward(g, workspace, gradient, true);
    std::vector<void*> memory = {workspace.input_gradient.data_ptr()};
    for (const at::Tensor& t : workspace.post) memory.push_back(t.data_ptr());
    memory.push_back(workspace.pre[0].data_ptr());
    memory.push_back(workspace.gradient[0].data_ptr());
    return memory;
  };
  EXPECT_EQ(pass(4), pass(5));
}

TEST(MlpTest, FollowsAChangeOfTheBatchSize) {
  const StackedMlp mlp = MakeMlp(Activation::kTanh, 2);
  const at::Tensor x = Normal({kBatch, kInputs}, 2);
  MlpWorkspace workspace;
  const at::Tensor whole = mlp.Forward(x, workspace).clone();
  const at::Tensor first = mlp.Forward(x.narrow(0, 0, 3), workspace);
  EXPECT_LT(LargestDifference(first, whole.narrow(1, 0, 3)), 1e-14);
}

TEST(MlpTest, PassesNotANumberOn) {
  for (Activation activation : {Activation::kRelu, Activation::kSilu, Activation::kTanh}) {
    const StackedMlp mlp = MakeMlp(activation, 1);
    at::Tensor x = Normal({kBatch, kInputs}, 2);
    x[3][1] = std::nan("");
    MlpWorkspace workspace;
    const at::Tensor bad = mlp.Forward(x, workspace)[0].isnan().any(1);
    for (int64_t row = 0; row < kBatch; ++row) EXPECT_EQ(bad[row].item<bool>(), row == 3);
  }
}

TEST(MlpTest, RefusesParametersThatDoNotFit) {
  MlpShape shape{2, {3, 4, 1}, Activation::kRelu};
  ASSERT_EQ(shape.num_parameters(), 2 * ((3 + 1) * 4 + (4 + 1) * 1));
  const auto short_by_one = StackedMlp::Create(shape, at::zeros({shape.num_parameters() - 1}));
  EXPECT_EQ(short_by_one.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(short_by_one.status().message()), HasSubstr("42 parameters"));
  EXPECT_EQ(
      StackedMlp::Create(shape, at::zeros({shape.num_parameters()}, at::kLong)).status().code(),
      absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(StackedMlp::Create(MlpShape{1, {3}, Activation::kRelu}, at::zeros({0})).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ActivationTest, IsParsedByName) {
  EXPECT_EQ(ParseActivation("silu").value(), Activation::kSilu);
  EXPECT_EQ(ParseActivation("gelu").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(InitialParametersTest, TruncatedNormalHasItsDeviationAndBounds) {
  const MlpShape shape{4, {100, 50, 3}, Activation::kSilu};
  Rng rng(3);
  const StackedMlp mlp = StackedMlp::Create(shape, TruncatedNormalParameters(shape, rng)).value();
  const double std = 1 / (2 * std::sqrt(100.0));
  EXPECT_LE(mlp.weight(0).abs().max().item<double>(), 2 * std);
  // The deviation of a standard normal cut at two is 0.8796.
  EXPECT_NEAR(mlp.weight(0).std().item<double>(), 0.8796 * std, 0.01 * std);
  EXPECT_NEAR(mlp.weight(0).mean().item<double>(), 0, 0.03 * std);
  EXPECT_EQ(mlp.bias(0).abs().max().item<double>(), 0);
}

TEST(InitialParametersTest, UniformFillsItsRange) {
  const MlpShape shape{2, {64, 100, 16}, Activation::kRelu};
  Rng rng(3);
  const StackedMlp mlp = StackedMlp::Create(shape, UniformParameters(shape, rng)).value();
  for (int64_t layer : {0, 1}) {
    const double bound = 1 / std::sqrt(static_cast<double>(shape.sizes[layer]));
    for (const at::Tensor& t : {mlp.weight(layer), mlp.bias(layer)}) {
      EXPECT_LE(t.abs().max().item<double>(), bound);
      EXPECT_GT(t.max().item<double>(), 0.7 * bound);
      EXPECT_LT(t.min().item<double>(), -0.7 * bound);
    }
  }
  Rng same(3), other(4);
  EXPECT_TRUE(at::equal(UniformParameters(shape, same), mlp.parameters()));
  EXPECT_FALSE(at::equal(UniformParameters(shape, other), mlp.parameters()));
}

}  // namespace
}  // namespace vagram
