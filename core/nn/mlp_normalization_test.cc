// Layer normalization, features of length 1 and dropout in the stacked MLP.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "core/nn/mlp.h"
#include "testing/tensors.h"

namespace vagram {
namespace {

constexpr int64_t kBatch = 6;
constexpr int64_t kInputs = 4;
constexpr int64_t kOutputs = 2;
constexpr int64_t kNetworks = 2;

MlpShape Shape(Activation activation, bool layer_norm, bool unit_features) {
  return {kNetworks, {kInputs, 17, 35, kOutputs}, activation, layer_norm, unit_features};
}

// Parameters: activation, layer_norm, unit_features, probability of dropout.
class MlpNormalizationTest
    : public ::testing::TestWithParam<std::tuple<Activation, bool, bool, double>> {
 protected:
  void SetUp() override {
    const auto [activation, layer_norm, unit_features, probability] = GetParam();
    const MlpShape shape = Shape(activation, layer_norm, unit_features);
    mlp_.push_back(StackedMlp::Create(shape, Normal({shape.num_parameters()}, 1) * 0.5).value());
    probability_ = probability;
  }

  const StackedMlp& mlp() const { return mlp_[0]; }

  // A pass with the same masks every time.
  at::Tensor Forward(MlpWorkspace& workspace) {
    rng_ = Rng(7);
    workspace.dropout = {probability_, &rng_};
    return mlp().Forward(x_, workspace);
  }

  void ExpectFiniteDifferences(double* values, int64_t size, int64_t stride,
                               const double* gradient) {
    MlpWorkspace scratch;
    const auto loss = [&] { return Forward(scratch).mul(output_gradient_).sum().item<double>(); };
    for (int64_t i = 0; i < size; i += stride) {
      const double kept = values[i], h = 1e-6;
      values[i] = kept + h;
      const double above = loss();
      values[i] = kept - h;
      const double below = loss();
      values[i] = kept;
      EXPECT_NEAR(gradient[i], (above - below) / (2 * h), 2e-7) << i;
    }
  }

  std::vector<StackedMlp> mlp_;  // exactly one
  double probability_ = 0;
  Rng rng_{7};
  at::Tensor x_ = Normal({kNetworks, kBatch, kInputs}, 2);
  at::Tensor output_gradient_ = Normal({kNetworks, kBatch, kOutputs}, 3);
};

TEST_P(MlpNormalizationTest, GradientsAgreeWithFiniteDifferences) {
  MlpWorkspace workspace;
  Forward(workspace);
  const at::Tensor gradient = at::full_like(mlp().parameters(), 99);
  const at::Tensor input_gradient =
      mlp().Backward(output_gradient_, workspace, gradient, /*want_input_gradient=*/true).clone();
  // Every parameter is reached in turn, gains and offsets too: 29 has no factor in common with the
  // widths.
  ExpectFiniteDifferences(mlp().parameters().data_ptr<double>(), gradient.numel(), 29,
                          gradient.data_ptr<double>());
  ExpectFiniteDifferences(x_.data_ptr<double>(), x_.numel(), 1, input_gradient.data_ptr<double>());
}

TEST_P(MlpNormalizationTest, ComputesOnlyWhatIsAskedFor) {
  MlpWorkspace workspace;
  const at::Tensor both = at::empty_like(mlp().parameters()), only = at::empty_like(both);
  Forward(workspace);
  const at::Tensor input_gradient = mlp().Backward(output_gradient_, workspace, both, true).clone();
  Forward(workspace);
  EXPECT_FALSE(mlp().Backward(output_gradient_, workspace, only, false).defined());
  EXPECT_TRUE(at::equal(both, only));
  Forward(workspace);
  EXPECT_LT(LargestDifference(mlp().Backward(output_gradient_, workspace, at::Tensor(), true),
                              input_gradient),
            1e-12);
}

TEST_P(MlpNormalizationTest, PassesNotANumberOn) {
  x_[1][3][2] = std::nan("");
  MlpWorkspace workspace;
  const at::Tensor bad = Forward(workspace)[1].isnan().any(1);
  for (int64_t row = 0; row < kBatch; ++row) EXPECT_EQ(bad[row].item<bool>(), row == 3);
}

TEST_P(MlpNormalizationTest, Float32AgreesWithFloat64) {
  const StackedMlp single =
      StackedMlp::Create(mlp().shape(), mlp().parameters().to(at::kFloat)).value();
  MlpWorkspace exact_workspace, workspace;
  const at::Tensor exact = Forward(exact_workspace);
  rng_ = Rng(7);
  workspace.dropout = {probability_, &rng_};
  EXPECT_LT(LargestDifference(single.Forward(x_.to(at::kFloat), workspace), exact), 1e-4);
  const at::Tensor expected = at::empty_like(mlp().parameters());
  const at::Tensor gradient = at::empty_like(single.parameters());
  mlp().Backward(output_gradient_, exact_workspace, expected, false);
  single.Backward(output_gradient_.to(at::kFloat), workspace, gradient, false);
  EXPECT_LT(LargestDifference(gradient, expected), 1e-3);
}

INSTANTIATE_TEST_SUITE_P(
    AllCombinations, MlpNormalizationTest,
    ::testing::Combine(::testing::Values(Activation::kRelu, Activation::kSilu, Activation::kTanh),
                       ::testing::Bool(), ::testing::Bool(), ::testing::Values(0.0, 0.3)));

TEST(LayerNormTest, NormalizesAHandWorkedRow) {
  // One input of 1 into two units: products (2, 4), mean 3, variance 1, normalized (-1, 1).
  const MlpShape shape = {1, {1, 2, 1}, Activation::kTanh, /*layer_norm=*/true};
  ASSERT_EQ(shape.num_parameters(), 2 + 2 + 2 + 2 + 2 + 1);
  // weights, biases, gains, offsets; then the last layer's weights and bias.
  const at::Tensor parameters =
      at::tensor({1.0, 3.0, 1.0, 1.0, 2.0, 0.5, 0.25, 0.0, 1.0, 10.0, 0.125});
  const StackedMlp mlp = StackedMlp::Create(shape, parameters.to(at::kDouble)).value();
  MlpWorkspace workspace;
  const double output = mlp.Forward(at::ones({1, 1}, at::kDouble), workspace).item<double>();
  const double n = 1 / std::sqrt(1 + 1e-5);
  EXPECT_NEAR(output, std::tanh(0.25 - 2 * n) + 10 * std::tanh(0.5 * n) + 0.125, 1e-12);
}

TEST(UnitFeaturesTest, HaveLengthOne) {
  const MlpShape shape = Shape(Activation::kRelu, false, true);
  const StackedMlp mlp = StackedMlp::Create(shape, Normal({shape.num_parameters()}, 1)).value();
  MlpWorkspace workspace;
  mlp.Forward(Normal({kBatch, kInputs}, 2), workspace);
  const at::Tensor lengths = workspace.features.square().sum(2).sqrt();
  EXPECT_LT(LargestDifference(lengths, at::ones_like(lengths)), 1e-12);
  // The direction is that of the activations.
  EXPECT_LT(LargestDifference(workspace.features * workspace.feature_norm, workspace.post[1]),
            1e-12);
}

TEST(UnitFeaturesTest, AreZeroWhereNoUnitIsActive) {
  const MlpShape shape = Shape(Activation::kRelu, false, true);
  const StackedMlp mlp = StackedMlp::Create(shape, Normal({shape.num_parameters()}, 1)).value();
  mlp.weight(1).zero_();
  mlp.bias(1).fill_(-1);
  MlpWorkspace workspace;
  const at::Tensor output = mlp.Forward(Normal({kBatch, kInputs}, 2), workspace);
  EXPECT_EQ(LargestDifference(output, mlp.bias(2).expand_as(output)), 0);
  const at::Tensor gradient = at::empty_like(mlp.parameters());
  const at::Tensor input_gradient =
      mlp.Backward(at::ones_like(output), workspace, gradient, /*want_input_gradient=*/true);
  EXPECT_EQ(input_gradient.abs().max().item<double>(), 0);
  EXPECT_TRUE(gradient.isfinite().all().item<bool>());
}

TEST(MlpWithoutNormalizationTest, HasItsOldLayoutAndNoExtraMemory) {
  const MlpShape shape = Shape(Activation::kTanh, false, false);
  EXPECT_EQ(shape.num_parameters(), kNetworks * (5 * 17 + 18 * 35 + 36 * kOutputs));
  const StackedMlp mlp = StackedMlp::Create(shape, Normal({shape.num_parameters()}, 1)).value();
  MlpWorkspace workspace;
  mlp.Forward(Normal({kBatch, kInputs}, 2), workspace);
  EXPECT_TRUE(workspace.keep.empty());
  EXPECT_TRUE(workspace.normalized.empty());
  EXPECT_TRUE(workspace.inverse_std.empty());
  EXPECT_FALSE(workspace.features.defined());
}

TEST(InitialParametersTest, GainsAreOneAndOffsetsZeroAndTheRestIsAsBefore) {
  const MlpShape plain = Shape(Activation::kRelu, false, false);
  const MlpShape normalized = Shape(Activation::kRelu, true, false);
  for (const auto draw : {UniformParameters, TruncatedNormalParameters}) {
    Rng rng(3), same(3);
    const StackedMlp without = StackedMlp::Create(plain, draw(plain, rng)).value();
    const StackedMlp with = StackedMlp::Create(normalized, draw(normalized, same)).value();
    for (int64_t l = 0; l < plain.num_layers(); ++l) {
      EXPECT_TRUE(at::equal(with.weight(l), without.weight(l)));
      EXPECT_TRUE(at::equal(with.bias(l), without.bias(l)));
    }
    ASSERT_EQ(with.layers().gains.size(), 2u);
    for (int l : {0, 1}) {
      EXPECT_TRUE(at::equal(with.layers().gains[l], at::ones_like(with.bias(l))));
      EXPECT_TRUE(at::equal(with.layers().offsets[l], at::zeros_like(with.bias(l))));
    }
  }
}

}  // namespace
}  // namespace vagram
