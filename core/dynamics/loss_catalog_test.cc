#include "core/dynamics/loss_catalog.h"

#include <gtest/gtest.h>

#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

TEST(LossCatalogTest, FindsEveryLossByItsName) {
  for (const LossInfo& loss : AllLosses()) {
    ASSERT_OK_AND_ASSIGN(const LossInfo* found, FindLoss(loss.name));
    EXPECT_EQ(found, &loss);
  }
}

TEST(LossCatalogTest, IsOrderedByNameAndComplete) {
  std::string previous;
  for (const LossInfo& loss : AllLosses()) {
    EXPECT_LT(previous, loss.name);
    EXPECT_FALSE(loss.summary.empty()) << loss.name;
    EXPECT_FALSE(loss.source.empty()) << loss.name;
    previous = loss.name;
  }
}

TEST(LossCatalogTest, DefaultsAreAllowed) {
  for (const LossInfo& loss : AllLosses()) {
    EXPECT_TRUE(loss.probabilistic_default ? loss.allows_probabilistic : loss.allows_deterministic)
        << loss.name;
  }
}

TEST(LossCatalogTest, NamesTheNearestLossWhenThereIsNone) {
  EXPECT_THAT(FindLoss("vagrm"), StatusIs(absl::StatusCode::kNotFound,
                                          HasSubstr("did you mean 'vagram'? `vagram losses`")));
  EXPECT_THAT(FindLoss("quadratic"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no model loss is called")));
}

}  // namespace
}  // namespace vagram
