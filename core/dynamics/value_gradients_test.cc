#include "core/dynamics/value_gradients.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

TEST(QuantileTest, LiesLinearlyBetweenNeighbours) {
  std::vector<double> values = {4, 1, 3, 2};
  EXPECT_DOUBLE_EQ(Quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(Quantile(values, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(Quantile(values, 0.9), 3.7);
  EXPECT_DOUBLE_EQ(Quantile(values, 1), 4);
  std::vector<double> one = {7};
  EXPECT_DOUBLE_EQ(Quantile(one, 0.95), 7);
}

// Norms 5, 0, 10 for value function 0 and 1, 1, 2 for value function 1.
at::Tensor Gradients() {
  return at::tensor({3.0, 4.0, 0.0, 0.0, -6.0, 8.0, 1.0, 0.0, 0.0, 1.0, 0.0, 2.0}, at::kDouble)
      .view({2, 3, 2});
}

TEST(ClipValueGradientsTest, ScalesNormsAboveTheQuantileDownToIt) {
  // Three quarters up: 7.5 and 1.5.
  ASSERT_OK_AND_ASSIGN(const ClippedValueGradients clipped, ClipValueGradients(Gradients(), 0.75));
  const at::Tensor expected =
      at::tensor({3.0, 4.0, 0.0, 0.0, -4.5, 6.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.5}, at::kDouble)
          .view({2, 3, 2});
  EXPECT_TRUE(at::allclose(clipped.gradients, expected, 0, 1e-12)) << clipped.gradients;
  EXPECT_DOUBLE_EQ(clipped.clipped_share, 2.0 / 6);
  EXPECT_DOUBLE_EQ(clipped.median_norm, 1.5);  // of 0, 1, 1, 2, 5, 10
}

TEST(ClipValueGradientsTest, LeavesAllAsTheyAreAtQuantileOne) {
  ASSERT_OK_AND_ASSIGN(const ClippedValueGradients clipped, ClipValueGradients(Gradients(), 1));
  EXPECT_TRUE(at::equal(clipped.gradients, Gradients()));
  EXPECT_EQ(clipped.clipped_share, 0);
}

TEST(ClipValueGradientsTest, StaysFiniteWhereAllGradientsVanish) {
  ASSERT_OK_AND_ASSIGN(const ClippedValueGradients clipped,
                       ClipValueGradients(at::zeros({1, 4, 3}), 0.5));
  EXPECT_TRUE(at::equal(clipped.gradients, at::zeros({1, 4, 3})));
}

TEST(ScaleToUnitTest, MakesTheMeanWeightOfADimensionOne) {
  const at::Tensor scaled = ScaleToUnit(Gradients());
  EXPECT_NEAR(scaled.square().mean().item<double>(), 1, 1e-12);
  // 131 is the sum of the 12 squares.
  EXPECT_TRUE(at::allclose(scaled * std::sqrt(131.0 / 12), Gradients(), 0, 1e-12));
  EXPECT_TRUE(at::equal(ScaleToUnit(at::zeros({1, 4, 3})), at::zeros({1, 4, 3})));
}

TEST(ClipValueGradientsTest, RejectsGradientsThatAreNotFinite) {
  at::Tensor gradients = Gradients();
  gradients[1][2][0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(ClipValueGradients(gradients, 0.95).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("transition 2 by value function 1 is not finite")));
}

}  // namespace
}  // namespace vagram
