#include "core/metrics/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

using ::testing::IsNan;
using Values = std::vector<double>;

const double kNan = std::numeric_limits<double>::quiet_NaN();
const double kInfinity = std::numeric_limits<double>::infinity();

Values Normals(int count, uint64_t seed) {
  Rng rng(seed);
  Values values(count);
  rng.FillNormal(absl::MakeSpan(values));
  return values;
}

TEST(Statistics, KnowsMeanAndMedian) {
  EXPECT_EQ(Mean({1, 2, 6}), 3);
  EXPECT_EQ(Median({6, 1, 2}), 2);
  EXPECT_EQ(Median({6, 1, 2, 4}), 3);
  EXPECT_EQ(Median({-7}), -7);
  EXPECT_EQ(Median({kInfinity, 1, kInfinity, 2, kInfinity}), kInfinity);
}

TEST(Statistics, CutsAQuarterRoundedDownOnEachSideForTheInterquartileMean) {
  // What scipy.stats.trim_mean(x, 0.25) gives, which is what rliable calls the IQM.
  EXPECT_EQ(InterquartileMean({5}), 5);
  EXPECT_EQ(InterquartileMean({9, 0, 3}), 4) << "nothing is cut";
  EXPECT_EQ(InterquartileMean({100, 2, 4, -100}), 3);
  EXPECT_EQ(InterquartileMean({1, 2, 3, 4, 100}), 3) << "one on each side";
  EXPECT_EQ(InterquartileMean({100, 5, 1, 2, 3, 6}), 4) << "2, 3, 5 and 6";
  EXPECT_EQ(InterquartileMean({-100, 1, 2, 3, 4, 5, 1000}), 3) << "one of seven";
  EXPECT_EQ(InterquartileMean({0, 1, 2, 3, 4, 5, 6, 700}), 3.5) << "two of eight";
  EXPECT_EQ(InterquartileMean({0, 1, 2, 3, 4, 5, 6, 7, 8, 900}), 4.5) << "two of ten";
}

TEST(Statistics, HasNoValueWhereThereIsNoData) {
  for (const Values& values : {Values{}, Values{1, kNan, 2}}) {
    EXPECT_THAT(Mean(values), IsNan());
    EXPECT_THAT(Median(values), IsNan());
    EXPECT_THAT(InterquartileMean(values), IsNan());
    EXPECT_FALSE(MeanInterval(values).has_value());
    EXPECT_FALSE(BootstrapInterval({values}, Mean).has_value());
  }
}

TEST(Statistics, MovesAndScalesWithTheValues) {
  for (int n = 1; n <= 13; ++n) {
    const Values values = Normals(n, n);
    Values moved;
    for (const double value : values) moved.push_back(100 - 3 * value);
    EXPECT_NEAR(Mean(moved), 100 - 3 * Mean(values), 1e-10);
    EXPECT_NEAR(Median(moved), 100 - 3 * Median(values), 1e-10);
    EXPECT_NEAR(InterquartileMean(moved), 100 - 3 * InterquartileMean(values), 1e-10);
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    EXPECT_GE(InterquartileMean(values), *low);
    EXPECT_LE(InterquartileMean(values), *high);
  }
}

TEST(Statistics, AgreesWithTablesOfStudentsDistribution) {
  EXPECT_NEAR(StudentTQuantile(0.975, 1), 12.7062, 5e-5);
  EXPECT_NEAR(StudentTQuantile(0.975, 2), 4.30265, 5e-6);
  EXPECT_NEAR(StudentTQuantile(0.975, 3), 3.18245, 5e-6);
  EXPECT_NEAR(StudentTQuantile(0.975, 4), 2.77645, 5e-6);
  EXPECT_NEAR(StudentTQuantile(0.95, 5), 2.01505, 5e-6);
  EXPECT_NEAR(StudentTQuantile(0.975, 9), 2.26216, 5e-6);
  EXPECT_NEAR(StudentTQuantile(0.995, 30), 2.75000, 5e-6);
  EXPECT_NEAR(StudentTQuantile(0.975, 100000), 1.95996, 5e-5);
  EXPECT_NEAR(StudentTQuantile(0.025, 4), -2.77645, 5e-6);
  EXPECT_NEAR(StudentTQuantile(0.5, 7), 0, 1e-12);
}

TEST(Statistics, GivesStudentsIntervalOfTheMean) {
  // Mean 3, variance 2.5, so 2.77645 * sqrt(2.5 / 5).
  const std::optional<Interval> interval = MeanInterval({1, 2, 3, 4, 5});
  ASSERT_TRUE(interval.has_value());
  EXPECT_NEAR(interval->low, 3 - 1.96324, 1e-5);
  EXPECT_NEAR(interval->high, 3 + 1.96324, 1e-5);
  const std::optional<Interval> constant = MeanInterval({7, 7, 7});
  ASSERT_TRUE(constant.has_value());
  EXPECT_EQ(constant->low, 7);
  EXPECT_EQ(constant->high, 7);
}

TEST(Statistics, RefusesIntervalsOfTooFewSeeds) {
  EXPECT_FALSE(MeanInterval({1}).has_value());
  EXPECT_FALSE(MeanInterval({1, 2}).has_value());
  EXPECT_TRUE(MeanInterval({1, 2, 3}).has_value());
  EXPECT_FALSE(BootstrapInterval({{1, 2, 3, 4}}, Mean).has_value());
  EXPECT_TRUE(BootstrapInterval({{1, 2, 3, 4, 5}}, Mean).has_value());
  EXPECT_FALSE(BootstrapInterval({{1, 2, 3, 4, 5}, {1}}, Mean).has_value());
  EXPECT_FALSE(BootstrapInterval({}, Mean).has_value());
  EXPECT_FALSE(BootstrapInterval({{1, 2, 3, 4, kInfinity}}, Mean).has_value());
  EXPECT_FALSE(MeanInterval({1, 2, 3, kInfinity}).has_value());
}

TEST(Statistics, RepeatsABootstrapWithTheSameSeedOnly) {
  const Strata strata = {Normals(10, 1)};
  const auto interval = [&](uint64_t seed) {
    return *BootstrapInterval(strata, InterquartileMean, {seed, 500});
  };
  EXPECT_EQ(interval(3).low, interval(3).low);
  EXPECT_EQ(interval(3).high, interval(3).high);
  EXPECT_NE(interval(3).low, interval(4).low);
}

TEST(Statistics, BootstrapsTowardsStudentsIntervalOfTheMean) {
  // For a mean the percentiles are moved so far out that the interval becomes Student's, as far as
  // the resamples are normal: with 40 seeds they nearly are.
  const Values values = Normals(40, 7);
  const Interval exact = *MeanInterval(values);
  const Interval bootstrap = *BootstrapInterval({values}, Mean, {0, 40000});
  const double width = exact.high - exact.low;
  EXPECT_NEAR(bootstrap.low, exact.low, 0.05 * width);
  EXPECT_NEAR(bootstrap.high, exact.high, 0.05 * width);
}

TEST(Statistics, DrawsSeedsWithinTheirStratum) {
  // Were seeds drawn across strata, a resample would be of task A or B only, now and then.
  const Strata strata = {{0, 0, 0, 0, 0}, {100, 100, 100, 100, 100}};
  const Interval interval = *BootstrapInterval(strata, Mean, {0, 1000});
  EXPECT_EQ(interval.low, 50);
  EXPECT_EQ(interval.high, 50);
}

TEST(Statistics, StaysWithinTheRangeOfTheSeeds) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Values values = Normals(5, seed);
    const Interval interval = *BootstrapInterval({values}, InterquartileMean, {seed, 2000});
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    EXPECT_GE(interval.low, *low - 1e-12) << "means of equal values are rounded";
    EXPECT_LE(interval.high, *high + 1e-12);
    EXPECT_LE(interval.low, InterquartileMean(values));
    EXPECT_GE(interval.high, InterquartileMean(values));
  }
}

TEST(Improvement, CountsWinsOverAllPairsAndHalfOfTies) {
  EXPECT_EQ(ProbabilityOfImprovement({{3, 4}}, {{1, 2}})->probability, 1);
  EXPECT_EQ(ProbabilityOfImprovement({{1, 2}}, {{3, 4}})->probability, 0);
  EXPECT_EQ(ProbabilityOfImprovement({{1, 2}}, {{1, 2}})->probability, 0.5);
  // Of six pairs 1 beats nothing, 3 beats 2, 5 beats 2 and 3, and 3 ties with 3: 3.5.
  EXPECT_DOUBLE_EQ(ProbabilityOfImprovement({{1, 3, 5}}, {{2, 3}})->probability, 3.5 / 6);
  EXPECT_EQ(ProbabilityOfImprovement({{kInfinity}}, {{5}})->probability, 1);
}

TEST(Improvement, AveragesOverTheTasksThatBothHave) {
  EXPECT_EQ(ProbabilityOfImprovement({{3}, {1, 1, 1}}, {{1}, {1}})->probability, 0.75);
  EXPECT_EQ(ProbabilityOfImprovement({{3}, {1}}, {{1}, {}})->probability, 1);
  EXPECT_FALSE(ProbabilityOfImprovement({{1}, {}}, {{}, {1}}).has_value());
  EXPECT_FALSE(ProbabilityOfImprovement({}, {}).has_value());
  EXPECT_FALSE(ProbabilityOfImprovement({{kNan}}, {{1}}).has_value());
}

TEST(Improvement, IsOneMinusTheOthers) {
  const Strata x = {Normals(6, 1), Normals(5, 2)};
  const Strata y = {Normals(5, 3), Normals(9, 4)};
  const Improvement forth = *ProbabilityOfImprovement(x, y);
  const Improvement back = *ProbabilityOfImprovement(y, x);
  EXPECT_NEAR(forth.probability, 1 - back.probability, 1e-12);
  EXPECT_NEAR(forth.interval->low, 1 - back.interval->high, 1e-9);
  EXPECT_NEAR(forth.interval->high, 1 - back.interval->low, 1e-9);
}

TEST(Improvement, EndsItsIntervalWhereTheObservedIsJustPlausible) {
  // Newcombe's equation by hand for five against five, all pairs won: at the lower end L
  // with Student's t of 8 degrees of freedom, 2.30600,
  // (1 - L)^2 = t^2 L (1 - L) (1 + 4 (1 - L) / (2 - L) + 4 L / (1 + L)) / 25.
  const Improvement all = *ProbabilityOfImprovement({{6, 7, 8, 9, 10}}, {{1, 2, 3, 4, 5}});
  const double l = all.interval->low;
  EXPECT_NEAR((1 - l) * (1 - l),
              2.30600 * 2.30600 * l * (1 - l) * (1 + 4 * (1 - l) / (2 - l) + 4 * l / (1 + l)) / 25,
              1e-6);
  EXPECT_GT(l, 0.5) << "five seeds can tell losses apart that never overlap";
  EXPECT_LT(l, 0.8) << "but no more than that";
  EXPECT_EQ(all.interval->high, 1);
  EXPECT_FALSE(ProbabilityOfImprovement({{1, 2}}, {{3, 4, 5}})->interval.has_value());
}

TEST(Improvement, NarrowsWithTheNumberOfTasks) {
  const Values low = {1, 2, 3, 4, 5};
  const Values high = {3, 4, 5, 6, 7};
  const Interval one = *ProbabilityOfImprovement({high}, {low})->interval;
  const Interval four = *ProbabilityOfImprovement(Strata(4, high), Strata(4, low))->interval;
  EXPECT_NEAR(four.high - four.low, (one.high - one.low) / 2, 1e-9);
}

}  // namespace
}  // namespace vagram
