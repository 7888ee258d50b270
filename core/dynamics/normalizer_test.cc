#include "core/dynamics/normalizer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace vagram {
namespace {

// Two state entries, of which the second never varies, and one action.
at::Tensor States() { return at::tensor({1.0f, 7.3f, 3.0f, 7.3f, 5.0f, 7.3f}).view({3, 2}); }
at::Tensor Actions() { return at::tensor({-1.0f, 0.0f, 1.0f}).view({3, 1}); }

TEST(NormalizerTest, ChangesNothingUntilFitted) {
  const Normalizer normalizer(3);
  EXPECT_TRUE(at::equal(normalizer.Apply(States(), Actions()), at::cat({States(), Actions()}, 1)));
}

TEST(NormalizerTest, GivesTheDataMeanZeroAndDeviationOne) {
  Normalizer normalizer(3);
  normalizer.Fit(States(), Actions());
  const at::Tensor inputs = normalizer.Apply(States(), Actions());
  const float unit = 1.2247449f;  // 2 / sqrt(8 / 3), the population's deviation
  EXPECT_TRUE(at::allclose(inputs.select(1, 0), at::tensor({-unit, 0.0f, unit})));
  EXPECT_TRUE(at::allclose(inputs.select(1, 2), at::tensor({-unit, 0.0f, unit})));
}

TEST(NormalizerTest, OnlyShiftsWhatDoesNotVary) {
  Normalizer normalizer(3);
  normalizer.Fit(States(), Actions());
  EXPECT_EQ(normalizer.std()[1].item<float>(), 1);
  EXPECT_EQ(normalizer.Apply(States(), Actions()).select(1, 1).abs().max().item<float>(), 0);
}

TEST(NormalizerTest, TreatsBatchesOfEveryMemberAlike) {
  Normalizer normalizer(3);
  normalizer.Fit(States(), Actions());
  const at::Tensor per_member =
      normalizer.Apply(States().expand({4, -1, -1}), Actions().expand({4, -1, -1}));
  EXPECT_TRUE(at::equal(per_member[3], normalizer.Apply(States(), Actions())));
}

TEST(NormalizerTest, KeepsACopyOfWhatItIsSetTo) {
  Normalizer normalizer(2);
  const at::Tensor mean = at::full({2}, 1.0f), std = at::full({2}, 2.0f);
  normalizer.Set(mean, std);
  mean.fill_(100);
  EXPECT_TRUE(at::equal(normalizer.Apply(at::full({1, 1}, 5.0f), at::full({1, 1}, -3.0f)),
                        at::tensor({2.0f, -2.0f}).view({1, 2})));
}

}  // namespace
}  // namespace vagram
