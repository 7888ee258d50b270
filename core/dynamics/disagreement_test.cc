#include "core/dynamics/disagreement.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace vagram {
namespace {

TEST(DisagreementTest, IsTheRootMeanSquareDeviationInUnitsOfTheData) {
  // Two members, three states: equal means; 6 apart in the first entry; 6 and 2 apart.
  const at::Tensor means =
      at::tensor({1.0, 1.0, 0.0, 5.0, -3.0, 1.0, 1.0, 1.0, 6.0, 5.0, 3.0, -1.0}).view({2, 3, 2});
  const at::Tensor u = Disagreement(means, at::tensor({2.0, 4.0}));
  EXPECT_DOUBLE_EQ(u[0].item<double>(), 0);
  EXPECT_NEAR(u[1].item<double>(), std::sqrt((9.0 / 4 + 0) / 2), 1e-12);
  EXPECT_NEAR(u[2].item<double>(), std::sqrt((9.0 / 4 + 1.0 / 16) / 2), 1e-12);
}

TEST(DisagreementTest, OneMemberAgreesWithItself) {
  const at::Tensor u = Disagreement(at::tensor({1.0, 2.0}).view({1, 1, 2}), at::ones({2}));
  EXPECT_EQ(u.item<double>(), 0);
}

TEST(DisagreementTest, IsNotFiniteWhereAPredictionIsNot) {
  const double infinity = std::numeric_limits<double>::infinity();
  const at::Tensor means = at::tensor({1.0, infinity, 1.0, 1.0}).view({2, 2, 1});
  const at::Tensor u = Disagreement(means, at::ones({1}));
  EXPECT_TRUE(std::isfinite(u[0].item<double>()));
  EXPECT_FALSE(std::isfinite(u[1].item<double>()));
}

}  // namespace
}  // namespace vagram
