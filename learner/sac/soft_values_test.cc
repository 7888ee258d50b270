#include "learner/sac/soft_values.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>

#include "core/base/random.h"
#include "learner/sac/sac.h"
#include "learner/sac/small_agent.h"

namespace vagram {
namespace {

class SoftValuesTest : public ::testing::Test {
 protected:
  SoftValuesTest() {
    const SacOptions options = SmallOptions();
    sac_ = Sac::Create(options, 1).value();
    range_ = ActionRange::Create(options.act_low, options.act_high).value();
  }

  SoftValues Values() { return SoftValues::Create(sac_->networks(), range_).value(); }
  at::Tensor TargetValues(SoftValues& values) {
    return values.TargetValues(at::ones({5, 3}), at::zeros({5, 2})).clone();
  }

  std::unique_ptr<Sac> sac_;
  ActionRange range_;
};

TEST_F(SoftValuesTest, TargetCriticsAnswerTheSameAgain) {
  SoftValues values = Values();
  const at::Tensor once = TargetValues(values);
  EXPECT_TRUE(at::equal(once, TargetValues(values)));
}

TEST_F(SoftValuesTest, DropoutLeavesOutUnitsOfTheTargetCriticsAnewForEveryRowAndPass) {
  SoftValues values = Values();
  Rng rng(1), same_rng(1);
  values.UseDropout({0.5, &rng});
  const at::Tensor once = TargetValues(values);
  EXPECT_FALSE(at::equal(once.select(1, 0), once.select(1, 1)));
  EXPECT_FALSE(at::equal(once, TargetValues(values)));
  SoftValues of_the_same_draws = Values();
  of_the_same_draws.UseDropout({0.5, &same_rng});
  EXPECT_TRUE(at::equal(once, TargetValues(of_the_same_draws)));
}

TEST_F(SoftValuesTest, TheLowestOfTheSubsetCounts) {
  const at::Tensor values = at::tensor({3., 1., 2.}).view({3, 1, 1});
  EXPECT_EQ(SoftValues::Pessimistic(values, at::Tensor()).item<double>(), 1);
  EXPECT_EQ(SoftValues::Pessimistic(values, at::tensor({int64_t{0}, int64_t{2}})).item<double>(),
            2);
}

}  // namespace
}  // namespace vagram
