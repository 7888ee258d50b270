#include "learner/sac/value_expansion.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

namespace vagram {
namespace {

at::Tensor Rows(const std::vector<double>& values, int64_t columns) {
  return at::tensor(values, at::kDouble).view({-1, columns});
}

void ExpectNear(const at::Tensor& actual, const at::Tensor& expected) {
  ASSERT_EQ(actual.sizes(), expected.sizes());
  EXPECT_LT((actual - expected).abs().max().item<double>(), 1e-12) << actual << expected;
}

// Two imagined steps, gamma 1/2. The first path goes on, the second ends with the first imagined
// step, the third with the real one.
ExpandedPaths ThreePaths() {
  ExpandedPaths paths;
  paths.reward = Rows({1, 1, 1}, 1);
  paths.terminated = Rows({0, 0, 1}, 1);
  paths.imagined_reward = Rows({2, 4, 2, 4, 2, 4}, 2);
  paths.imagined_terminated = Rows({0, 0, 1, 0, 0, 0}, 2);
  return paths;
}

TEST(ValueExpansionTest, TdKTargetsAreTheReturnsToThePathsEnd) {
  const at::Tensor targets = TdKTargets(ThreePaths(), Rows({8, 8, 8}, 1), 0.5);
  // 4 + 8/2 = 8, 2 + 8/2 = 6, 1 + 6/2 = 4; then 2 alone, 1 + 2/2; then 1 alone.
  ExpectNear(targets[0], at::tensor({4.0, 6.0, 8.0}, at::kDouble));
  ExpectNear(targets[1].narrow(0, 0, 2), at::tensor({2.0, 2.0}, at::kDouble));
  EXPECT_EQ(targets[2][0].item<double>(), 1);
}

TEST(ValueExpansionTest, TheMaskEndsBehindATermination) {
  ExpectNear(TdKMask(ThreePaths()), Rows({1, 1, 1, 1, 1, 0, 1, 0, 0}, 3));
}

TEST(ValueExpansionTest, CandidatesBootstrapAfterEveryNumberOfSteps) {
  const at::Tensor values = Rows({10, 12, 8, 10, 12, 8, 10, 12, 8}, 3);
  // 1 + 10/2; 1 + 2/2 + 12/4; 1 + 2/2 + 4/4 + 8/8.
  ExpectNear(HorizonCandidates(ThreePaths(), values, 0.5), Rows({6, 5, 4, 6, 2, 2, 1, 1, 1}, 3));
}

TEST(ValueExpansionTest, TheBonusOfAnActionBelongsToItsStateNotToItsPair) {
  ExpandedPaths paths = ThreePaths();
  paths.entropy_bonus = Rows({0.5, 0.25, 0.5, 0.25, 0.5, 0.25}, 2);
  const at::Tensor targets = TdKTargets(paths, Rows({8, 8, 8}, 1), 0.5);
  // 8; 2 + (0.25 + 8)/2 = 6.125; 1 + (0.5 + 6.125)/2 = 4.3125.
  ExpectNear(targets[0], at::tensor({4.3125, 6.125, 8.0}, at::kDouble));
  ExpectNear(targets[1].narrow(0, 0, 2), at::tensor({2.25, 2.0}, at::kDouble));
  EXPECT_EQ(targets[2][0].item<double>(), 1);

  const at::Tensor values = Rows({10, 12, 8, 10, 12, 8, 10, 12, 8}, 3);
  const at::Tensor candidates = HorizonCandidates(paths, values, 0.5);
  // 6; 1 + 2.5/2 + 12/4; and the longest is the pair's own TD-k target.
  ExpectNear(candidates[0], at::tensor({6.0, 5.25, 4.3125}, at::kDouble));
  ExpectNear(candidates[2], at::tensor({1.0, 1.0, 1.0}, at::kDouble));
}

TEST(ValueExpansionTest, PathsOfSeveralMembersShareTheRealStep) {
  const ExpandedPaths paths = ThreePaths();
  ExpandedPaths members = paths;
  members.imagined_reward = at::stack({paths.imagined_reward, paths.imagined_reward + 2});
  members.imagined_terminated = at::stack({paths.imagined_terminated, paths.imagined_terminated});
  const at::Tensor values = Rows({10, 12, 8, 10, 12, 8, 10, 12, 8}, 3).expand({5, 2, -1, -1});
  const at::Tensor candidates = HorizonCandidates(members, values, 0.5);
  ASSERT_EQ(candidates.sizes(), at::IntArrayRef({5, 2, 3, 3}));
  ExpectNear(candidates[4][0], HorizonCandidates(paths, values[0][0], 0.5));
  // Half of 2 more from the first step on, a quarter of 2 from the second.
  ExpectNear(candidates[0][1][0], at::tensor({6.0, 6.0, 5.5}, at::kDouble));
}

TEST(ValueExpansionTest, WeighsHorizonsByTheInverseOfTheirVariance) {
  // Estimates -x and x have the variance x^2: 1, 4 and 4 give weights 4 : 1 : 1.
  const at::Tensor candidates = at::stack({Rows({1, 2, -2}, 3), Rows({-1, -2, 2}, 3)});
  const at::Tensor weights = InverseVarianceWeights(candidates);
  EXPECT_LT((weights - Rows({4.0 / 6, 1.0 / 6, 1.0 / 6}, 3)).abs().max().item<double>(), 1e-7);
}

TEST(ValueExpansionTest, WeighsHorizonsAlikeWhereNothingVaries) {
  const at::Tensor weights = InverseVarianceWeights(at::ones({4, 1, 5}, at::kDouble));
  ExpectNear(weights, at::full({1, 5}, 0.2, at::kDouble));
}

// With the true model the expansion of a value that is off by e is off by gamma^(h+1) e only.
TEST(ValueExpansionTest, AnExactModelGivesTheTrueReturns) {
  constexpr double kDiscount = 0.9;
  constexpr int kHorizon = 4;
  // Reward t + 1 at step t, for ever on; V(t) = sum_i gamma^i (t + 1 + i).
  const auto value = [](double t) {
    return (t + 1) / (1 - kDiscount) + kDiscount / ((1 - kDiscount) * (1 - kDiscount));
  };
  ExpandedPaths paths;
  paths.reward = Rows({1}, 1);
  paths.terminated = Rows({0}, 1);
  paths.imagined_reward = Rows({2, 3, 4, 5}, kHorizon);
  paths.imagined_terminated = at::zeros({1, kHorizon}, at::kDouble);
  const at::Tensor targets = TdKTargets(paths, Rows({value(5)}, 1), kDiscount);
  ASSERT_EQ(targets.size(1), kHorizon + 1);
  for (int t = 0; t <= kHorizon; ++t) EXPECT_NEAR(targets[0][t].item<double>(), value(t), 1e-9);
}

}  // namespace
}  // namespace vagram
