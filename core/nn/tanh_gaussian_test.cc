#include "core/nn/tanh_gaussian.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

#include <cmath>

#include "core/base/random.h"
#include "testing/tensors.h"

namespace vagram {
namespace {

constexpr int64_t kBatch = 6;
constexpr int64_t kActDim = 3;

struct Reference {
  at::Tensor action;
  at::Tensor log_prob;
};

// The textbook form: the Gaussian's density over the Jacobian of tanh.
Reference TextbookSample(const at::Tensor& heads, const at::Tensor& noise) {
  const at::Tensor log_std = kLogStdMin + 0.5 * (kLogStdMax - kLogStdMin) *
                                              (at::tanh(heads.narrow(1, kActDim, kActDim)) + 1);
  const at::Tensor std = log_std.exp();
  const at::Tensor mean = heads.narrow(1, 0, kActDim), u = mean + std * noise;
  Reference reference{at::tanh(u), at::Tensor()};
  const at::Tensor gaussian =
      -0.5 * ((u - mean) / std).square() - log_std - 0.5 * std::log(2 * M_PI);
  reference.log_prob = (gaussian - at::log(1 - reference.action.square())).sum(1);
  return reference;
}

TEST(TanhGaussianTest, AgreesWithTheTextbookDensity) {
  const at::Tensor heads = Normal({kBatch, 2 * kActDim}, 1), noise = Normal({kBatch, kActDim}, 2);
  const TanhGaussianSample sample = SampleTanhGaussian(heads, noise);
  const Reference reference = TextbookSample(heads, noise);
  EXPECT_LT(LargestDifference(sample.action, reference.action), 1e-14);
  EXPECT_LT(LargestDifference(sample.log_prob, reference.log_prob), 1e-9);
}

TEST(TanhGaussianTest, StaysFiniteWhereTanhRoundsToOne) {
  const at::Tensor heads = at::zeros({1, 2}, at::kFloat);
  heads[0][0] = 50;
  const TanhGaussianSample sample = SampleTanhGaussian(heads, at::zeros({1, 1}, at::kFloat));
  EXPECT_EQ(sample.action.item<float>(), 1);
  // -log_std - log(2 pi)/2 - 2 (log 2 - 50), with log_std in the middle of its bounds.
  EXPECT_NEAR(sample.log_prob.item<float>(),
              1.5 - 0.5 * std::log(2 * M_PI) - 2 * (std::log(2.0) - 50), 1e-4);
}

TEST(TanhGaussianTest, KeepsTheDeviationInItsBounds) {
  const at::Tensor raw = at::tensor(at::ArrayRef<double>({-1e9, 0, 1e9}), at::kDouble);
  const at::Tensor log_std = SquashLogStd(raw);
  EXPECT_DOUBLE_EQ(log_std[0].item<double>(), kLogStdMin);
  EXPECT_DOUBLE_EQ(log_std[1].item<double>(), (kLogStdMin + kLogStdMax) / 2);
  EXPECT_DOUBLE_EQ(log_std[2].item<double>(), kLogStdMax);
}

TEST(TanhGaussianTest, GradientAgreesWithAutograd) {
  const at::Tensor heads = Normal({kBatch, 2 * kActDim}, 1).set_requires_grad(true);
  const at::Tensor noise = Normal({kBatch, kActDim}, 2);
  const at::Tensor action_gradient = Normal({kBatch, kActDim}, 3);
  const at::Tensor log_prob_gradient = at::full({1}, 0.3, at::kDouble);
  const Reference reference = TextbookSample(heads, noise);
  const at::Tensor loss =
      (reference.action * action_gradient).sum() + (reference.log_prob * log_prob_gradient).sum();
  const at::Tensor expected = torch::autograd::grad({loss}, {heads})[0];

  const at::Tensor gradient = at::empty({kBatch, 2 * kActDim}, at::kDouble);
  TanhGaussianGradient(SampleTanhGaussian(heads.detach(), noise), action_gradient,
                       log_prob_gradient, gradient);
  // The textbook form loses digits where 1 - a^2 cancels.
  EXPECT_LT(LargestDifference(gradient, expected), 1e-8);
}

}  // namespace
}  // namespace vagram
