#include "core/metrics/learning_curve.h"

#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

const double kNan = std::numeric_limits<double>::quiet_NaN();
const double kInfinity = std::numeric_limits<double>::infinity();

LearningCurve Curve(std::vector<int64_t> steps, std::vector<double> values) {
  return MakeLearningCurve(steps, values);
}

TEST(LearningCurve, SkipsRowsThatMeasuredNothing) {
  const LearningCurve curve = Curve({10, 20, 30, 40}, {kNan, 2, kNan, 4});
  EXPECT_THAT(curve.steps, ElementsAre(20, 40));
  EXPECT_THAT(curve.values, ElementsAre(2, 4));
  EXPECT_TRUE(Curve({1, 2}, {kNan, kNan}).empty());
  EXPECT_TRUE(Curve({}, {}).empty());
}

TEST(LearningCurve, KeepsWhatWasDoneAgainFromACheckpoint) {
  const LearningCurve curve = Curve({10, 20, 30, 20, 30}, {1, 2, 3, 12, 13});
  EXPECT_THAT(curve.steps, ElementsAre(10, 20, 30));
  EXPECT_THAT(curve.values, ElementsAre(1, 12, 13));
  EXPECT_THAT(Curve({10, 20, 10}, {1, 2, kNan}).steps, IsEmpty());
}

TEST(LearningCurve, IsAStraightLineBetweenEvaluationsAndNothingBeyond) {
  const LearningCurve curve = Curve({10, 20, 40}, {1, 3, -1});
  EXPECT_THAT(ValueAt(curve, 10), Optional(1));
  EXPECT_THAT(ValueAt(curve, 15), Optional(2));
  EXPECT_THAT(ValueAt(curve, 25), Optional(2));
  EXPECT_THAT(ValueAt(curve, 40), Optional(-1));
  EXPECT_FALSE(ValueAt(curve, 9).has_value());
  EXPECT_FALSE(ValueAt(curve, 41).has_value());
  EXPECT_FALSE(ValueAt(LearningCurve(), 1).has_value());
}

TEST(LearningCurve, HasAMeanHeightByTheTrapezoidRule) {
  const LearningCurve curve = Curve({0, 10, 20, 40}, {0, 10, 10, 30});
  // 50 + 100 + 400 over 40 steps.
  EXPECT_THAT(AreaUnderCurve(curve, 0, 40), Optional(550.0 / 40));
  // From 5 (value 5) to 30 (value 20): 37.5 + 100 + 150 over 25.
  EXPECT_THAT(AreaUnderCurve(curve, 5, 30), Optional(287.5 / 25));
  EXPECT_THAT(AreaUnderCurve(curve, 5, 5), Optional(5));
  EXPECT_FALSE(AreaUnderCurve(curve, 0, 41).has_value());
  EXPECT_FALSE(AreaUnderCurve(curve, 20, 10).has_value());
  EXPECT_THAT(AreaUnderCurve(Curve({7}, {3}), 7, 7), Optional(3));
}

TEST(LearningCurve, HasAnAreaThatDoesNotGrowWithTheNumberOfEvaluations) {
  LearningCurve fine;
  for (int64_t step = 0; step <= 100; ++step) {
    fine.steps.push_back(step);
    fine.values.push_back(2.0 * step + 1);
  }
  EXPECT_NEAR(*AreaUnderCurve(fine, 0, 100), *AreaUnderCurve(Curve({0, 100}, {1, 201}), 0, 100),
              1e-9);
}

TEST(LearningCurve, ReachesAThresholdOnTheLineBetweenTwoEvaluations) {
  const LearningCurve curve = Curve({10, 20, 30, 40}, {0, 4, 2, 8});
  EXPECT_THAT(StepsToThreshold(curve, 3, 40), Optional(17.5)) << "the first time counts";
  EXPECT_THAT(StepsToThreshold(curve, 4, 40), Optional(20)) << "at is enough";
  EXPECT_THAT(StepsToThreshold(curve, 5, 40), Optional(35));
  EXPECT_THAT(StepsToThreshold(curve, -1, 40), Optional(10)) << "begins above";
}

TEST(LearningCurve, SaysThatAThresholdWasNotReachedInTime) {
  const LearningCurve curve = Curve({10, 20}, {0, 4});
  EXPECT_FALSE(StepsToThreshold(curve, 5, 20).has_value());
  EXPECT_FALSE(StepsToThreshold(curve, 3, 17).has_value()) << "only at 17.5";
  EXPECT_THAT(StepsToThreshold(curve, 2, 15), Optional(15));
  EXPECT_FALSE(StepsToThreshold(curve, kNan, 20).has_value());
  EXPECT_FALSE(StepsToThreshold(LearningCurve(), 0, 20).has_value());
  EXPECT_THAT(StepsToThreshold(Curve({1, 2}, {-kInfinity, 3}), 2, 2), Optional(2));
}

TEST(LearningCurve, IsComparedUpToTheEndOfTheShortest) {
  const std::vector<LearningCurve> curves = {Curve({10, 20, 30}, {1, 2, 3}),
                                             Curve({15, 25}, {1, 2})};
  const std::optional<StepRange> range = CommonRange(curves);
  ASSERT_TRUE(range.has_value());
  EXPECT_EQ(range->first, 15);
  EXPECT_EQ(range->last, 25);
  EXPECT_THAT(CommonGrid(curves, *range, 10), ElementsAre(15, 20, 25));
  EXPECT_FALSE(CommonRange({}).has_value());
  EXPECT_FALSE(CommonRange({curves[0], LearningCurve()}).has_value());
  EXPECT_FALSE(CommonRange({Curve({1, 2}, {0, 0}), Curve({3, 4}, {0, 0})}).has_value());
}

TEST(LearningCurve, ThinsAGridThatWouldBeTooFine) {
  std::vector<int64_t> steps;
  for (int64_t step = 0; step <= 1000; ++step) steps.push_back(step);
  const LearningCurve curve = Curve(steps, std::vector<double>(steps.size(), 1));
  EXPECT_THAT(CommonGrid({curve}, {0, 1000}, 5), ElementsAre(0, 250, 500, 750, 1000));
  EXPECT_THAT(CommonGrid({curve}, {8, 8}, 5), ElementsAre(8));
}

}  // namespace
}  // namespace vagram
