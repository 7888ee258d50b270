#include "core/base/random.h"

#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace vagram {
namespace {

TEST(RngTest, FollowsThePublishedSequence) {
  // First outputs of xoshiro256++ after seeding its state with SplitMix64(0), from the authors'
  // reference algorithm.
  Rng rng(0);
  EXPECT_EQ(rng.Next(), 0x53175d61490b23dfULL);
  EXPECT_EQ(rng.Next(), 0x61da6f3dc380d507ULL);
}

TEST(RngTest, ContinuesBitForBitAfterRestore) {
  Rng rng(7);
  rng.Normal();  // leaves a spare normal behind
  Rng other(8);
  ASSERT_TRUE(other.Restore(rng.Save()).ok());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(rng.Normal(), other.Normal());
  EXPECT_EQ(rng.Next(), other.Next());
}

TEST(RngTest, RefusesStateOfTheWrongSize) {
  Rng rng(7);
  EXPECT_EQ(rng.Restore("short").code(), absl::StatusCode::kInvalidArgument);
}

TEST(RngTest, NormalHasUnitMoments) {
  Rng rng(3);
  const int n = 200000;
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < n; ++i) {
    const double x = rng.Normal();
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
  }
  EXPECT_NEAR(sum / n, 0, 0.01);
  EXPECT_NEAR(squares / n, 1, 0.02);
  EXPECT_NEAR(fourth / n, 3, 0.1);
}

TEST(RngTest, BelowReachesEveryValueAndNoOther) {
  Rng rng(1);
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(rng.Below(7));
  EXPECT_EQ(seen, (std::set<uint64_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(RngTest, PermutationHoldsEveryIndexOnce) {
  Rng rng(1);
  std::vector<int64_t> p(100);
  rng.FillPermutation(absl::MakeSpan(p));
  EXPECT_EQ(std::set<int64_t>(p.begin(), p.end()).size(), 100u);
}

TEST(DeriveSeedTest, PartsByEveryArgument) {
  std::set<uint64_t> seeds;
  for (uint64_t seed : {0, 1, 2}) {
    for (const char* purpose : {"actor", "learner"}) {
      for (uint64_t index : {0, 1, 2}) seeds.insert(DeriveSeed(seed, purpose, index));
    }
  }
  EXPECT_EQ(seeds.size(), 18u);
  EXPECT_EQ(DeriveSeed(1, "actor", 2), DeriveSeed(1, "actor", 2));
}

}  // namespace
}  // namespace vagram
