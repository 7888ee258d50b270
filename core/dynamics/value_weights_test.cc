#include "core/dynamics/value_weights.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

at::Tensor Values(const std::vector<double>& values, int64_t functions) {
  return at::tensor(values, at::kDouble).view({functions, -1});
}

void ExpectNear(const at::Tensor& weights, const std::vector<double>& expected) {
  EXPECT_TRUE(at::allclose(weights, at::tensor(expected, at::kDouble).view({-1, 1}), 0, 1e-12))
      << weights;
}

TEST(InverseValueWeightsTest, AreInverseToTheMeanValueWithMeanOne) {
  // Means -1, 2 and 4: inverse 1, 0.5 and 0.25.
  ASSERT_OK_AND_ASSIGN(const at::Tensor weights,
                       InverseValueWeights(Values({-3, 1, 4, 1, 3, 4}, 2)));
  ExpectNear(weights, {1 / 1.75 * 3, 0.5 / 1.75 * 3, 0.25 / 1.75 * 3});
}

TEST(InverseValueWeightsTest, AValueOfZeroCountsAsAHundredthOfTheMedian) {
  // Median 2, so 0 counts as 0.02: 50, 0.5 and 0.25.
  ASSERT_OK_AND_ASSIGN(const at::Tensor weights, InverseValueWeights(Values({0, 2, 4}, 1)));
  ExpectNear(weights, {50 / 50.75 * 3, 0.5 / 50.75 * 3, 0.25 / 50.75 * 3});
}

TEST(InverseValueWeightsTest, AreOneWhereTheValuesTellNothing) {
  ASSERT_OK_AND_ASSIGN(const at::Tensor weights, InverseValueWeights(Values({0, 0, 0}, 1)));
  ExpectNear(weights, {1, 1, 1});
}

TEST(ValueWeightsOf2022Test, GrowWithTheValueAndSumToOneOverTheValueFunctionsInAMinibatch) {
  // Means of the sizes: 2 and 6. With 3 members and the whole set as minibatch, the published
  // code's sum is 2 * 3 * (2 + 6).
  ASSERT_OK_AND_ASSIGN(const at::Tensor weights,
                       ValueWeightsOf2022(Values({-3, 4, 1, -8}, 2), /*members=*/3,
                                          /*batch_size=*/2, /*obs_dim=*/5));
  ExpectNear(weights, {2.0 / 48 / 5, 6.0 / 48 / 5});
  EXPECT_NEAR(3 * 5 * weights.sum().item<double>(), 1.0 / 2, 1e-12);
}

TEST(ValueWeightsOf2022Test, StayFiniteWhereAllValuesAreZero) {
  ASSERT_OK_AND_ASSIGN(const at::Tensor weights, ValueWeightsOf2022(Values({0, 0}, 1), 3, 2, 5));
  ExpectNear(weights, {0, 0});
}

TEST(ValueWeightsTest, RejectValuesThatAreNotFinite) {
  const at::Tensor values = Values({1, std::numeric_limits<double>::infinity()}, 1);
  EXPECT_THAT(InverseValueWeights(values).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("critics have diverged")));
  EXPECT_THAT(ValueWeightsOf2022(values, 1, 1, 1).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("critics have diverged")));
}

TEST(ParseValueWeightingTest, KnowsTheTwoNames) {
  EXPECT_EQ(ParseValueWeighting("").value(), ValueWeighting::kInverse);
  EXPECT_EQ(ParseValueWeighting("inverse").value(), ValueWeighting::kInverse);
  EXPECT_EQ(ParseValueWeighting("reference_2022").value(), ValueWeighting::kReference2022);
  EXPECT_THAT(ParseValueWeighting("value").status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'value'")));
}

}  // namespace
}  // namespace vagram
