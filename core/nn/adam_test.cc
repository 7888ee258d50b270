#include "core/nn/adam.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/base/random.h"

namespace vagram {
namespace {

at::Tensor Normal(int64_t size, uint64_t seed) {
  Rng rng(seed);
  at::Tensor out = at::empty({size}, at::kDouble);
  rng.FillNormal(absl::MakeSpan(out.data_ptr<double>(), out.numel()));
  return out;
}

double LargestDifference(const at::Tensor& a, const at::Tensor& b) {
  return a.sub(b).abs().max().item<double>();
}

TEST(AdamTest, TakesTheHandWorkedSteps) {
  AdamOptions options;
  options.learning_rate = 0.1;
  options.beta1 = 0.5;
  options.beta2 = 0.75;
  options.epsilon = 1;
  const at::Tensor p = at::full({1}, 2.0, at::kDouble);
  Adam adam(p, options);
  // g = 4: m = 2, v = 4; corrected m = 4, v = 16; p = 2 - 0.1 * 4 / (4 + 1).
  adam.Step(p, at::full({1}, 4.0, at::kDouble));
  EXPECT_NEAR(p.item<double>(), 1.92, 1e-15);
  // g = -2: m = 0, so the parameter stays; v = 3/4 * 4 + 1/4 * 4 = 4.
  adam.Step(p, at::full({1}, -2.0, at::kDouble));
  EXPECT_NEAR(p.item<double>(), 1.92, 1e-15);
  EXPECT_NEAR(adam.first_moment().item<double>(), 0, 1e-15);
  EXPECT_NEAR(adam.second_moment().item<double>(), 4, 1e-15);
  // g = 2: m = 1, v = 4; corrected m = 8/7, v = 4 / (1 - 27/64).
  adam.Step(p, at::full({1}, 2.0, at::kDouble));
  EXPECT_NEAR(p.item<double>(), 1.92 - 0.1 * (8.0 / 7) / (2 / std::sqrt(37.0 / 64) + 1), 1e-15);
  EXPECT_EQ(adam.steps(), 3);
}

TEST(AdamTest, FollowsTheFormulaOnManyParameters) {
  AdamOptions options;
  options.learning_rate = 1e-2;
  options.weight_decay = 1e-1;
  const int64_t size = 1003;  // no multiple of a vector's width
  const at::Tensor p = Normal(size, 1), p32 = p.to(at::kFloat);
  at::Tensor expected = p.clone(), m = at::zeros_like(p), v = at::zeros_like(p);
  Adam adam(p, options), adam32(p32, options);
  for (int t = 1; t <= 5; ++t) {
    const at::Tensor raw = Normal(size, 10 + t);
    const at::Tensor g = raw + options.weight_decay * expected;
    m = options.beta1 * m + (1 - options.beta1) * g;
    v = options.beta2 * v + (1 - options.beta2) * g * g;
    const at::Tensor m_hat = m / (1 - std::pow(options.beta1, t));
    const at::Tensor v_hat = v / (1 - std::pow(options.beta2, t));
    expected = expected - options.learning_rate * m_hat / (v_hat.sqrt() + options.epsilon);
    adam.Step(p, raw);
    adam32.Step(p32, raw.to(at::kFloat));
  }
  EXPECT_LT(LargestDifference(p, expected), 1e-13);
  EXPECT_LT(LargestDifference(p32, expected), 1e-5);
}

TEST(AdamTest, MomentsWithoutGradientDecayToZero) {
  const at::Tensor p = at::ones({20}, at::kFloat);
  Adam adam(p, {});
  adam.Step(p, at::full({20}, 1e-3f));
  for (int t = 0; t < 1000; ++t) adam.Step(p, at::zeros({20}));
  EXPECT_EQ(adam.first_moment().abs().max().item<float>(), 0);
  EXPECT_GT(adam.second_moment().min().item<float>(), 0);
}

TEST(AdamTest, ContinuesBitForBitAfterRestore) {
  const at::Tensor p = Normal(64, 1);
  Adam adam(p, {});
  adam.Step(p, Normal(64, 2));

  const at::Tensor restored = p.clone();
  Adam other(restored, {});
  other.Restore(adam.first_moment(), adam.second_moment(), adam.steps());
  adam.Step(p, Normal(64, 3));
  other.Step(restored, Normal(64, 3));
  EXPECT_TRUE(at::equal(p, restored));
}

TEST(PolyakAverageTest, MovesTheTargetByTau) {
  for (at::ScalarType type : {at::kFloat, at::kDouble}) {
    const at::Tensor source = Normal(77, 1).to(type), target = Normal(77, 2).to(type);
    const at::Tensor expected = target * 0.75 + source * 0.25;
    PolyakAverage(source, 0.25, target);
    EXPECT_LT(LargestDifference(target, expected), 1e-6);
  }
}

}  // namespace
}  // namespace vagram
