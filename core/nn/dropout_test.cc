#include "core/nn/dropout.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace vagram {
namespace {

at::Tensor Draw(double probability, uint64_t seed, at::ScalarType type = at::kFloat) {
  Rng rng(seed);
  const at::Tensor keep = at::empty({2, 100, 250}, type);
  DrawKeep({probability, &rng}, keep);
  return keep;
}

TEST(DropoutTest, LeavesOutItsShareAndKeepsTheMean) {
  for (const double probability : {0.01, 0.3, 0.9}) {
    const at::Tensor keep = Draw(probability, 1, at::kDouble);
    const double share = keep.eq(0).to(at::kDouble).mean().item<double>();
    // Four deviations of the mean of 50,000 draws.
    EXPECT_NEAR(share, probability, 4 * std::sqrt(probability * (1 - probability) / 50000));
    const at::Tensor kept = keep.masked_select(keep.gt(0));
    EXPECT_TRUE(at::allclose(kept, at::full_like(kept, 1 / (1 - probability))));
  }
}

TEST(DropoutTest, IsReproducible) {
  EXPECT_TRUE(at::equal(Draw(0.3, 1), Draw(0.3, 1)));
  EXPECT_FALSE(at::equal(Draw(0.3, 1), Draw(0.3, 2)));
  EXPECT_TRUE(at::equal(Draw(0.3, 1).eq(0), Draw(0.3, 1, at::kDouble).eq(0)));
}

TEST(DropoutTest, DrawsAnewForEveryPass) {
  Rng rng(1);
  const at::Tensor first = at::empty({100}), second = at::empty({100});
  DrawKeep({0.5, &rng}, first);
  DrawKeep({0.5, &rng}, second);
  EXPECT_FALSE(at::equal(first, second));
}

TEST(DropoutTest, KeepsAllUnitsAtTheSmallestProbabilities) {
  EXPECT_EQ(Draw(1e-300, 1).eq(0).sum().item<int64_t>(), 0);
}

}  // namespace
}  // namespace vagram
