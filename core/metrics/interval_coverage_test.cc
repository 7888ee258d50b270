// How often intervals of 95 % contain what they are about, on synthetic seeds. Everything follows
// from fixed seeds: the shares below are the same in every run.
#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/metrics/statistics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Le;

using IntervalOf = std::function<std::optional<Interval>(const std::vector<double>&, uint64_t)>;

std::vector<double> Normals(int n, Rng& rng, double mean = 0) {
  std::vector<double> values(n);
  for (double& value : values) value = mean + rng.Normal();
  return values;
}

// The share of `repetitions` draws of n normal seeds with mean 0 whose interval contains 0.
double Coverage(int n, int repetitions, const IntervalOf& interval_of) {
  Rng rng(DeriveSeed(1, "coverage", n));
  int covered = 0;
  for (int i = 0; i < repetitions; ++i) {
    const std::optional<Interval> interval = interval_of(Normals(n, rng), i);
    EXPECT_TRUE(interval.has_value());
    covered += interval->low <= 0 && 0 <= interval->high;
  }
  const double coverage = static_cast<double>(covered) / repetitions;
  ::testing::Test::RecordProperty("coverage_n" + std::to_string(n), std::to_string(coverage));
  return coverage;
}

class Coverages : public ::testing::TestWithParam<int> {};

TEST_P(Coverages, MeanIntervalCoversAsOftenAsItSays) {
  const auto interval = [](const std::vector<double>& values, uint64_t) {
    return MeanInterval(values);
  };
  EXPECT_THAT(Coverage(GetParam(), 20000, interval), AllOf(Ge(0.94), Le(0.96)));
}

TEST_P(Coverages, BootstrapOfTheInterquartileMeanCoversAsOftenAsItSays) {
  const auto interval = [](const std::vector<double>& values, uint64_t seed) {
    return BootstrapInterval({values}, InterquartileMean, {seed, 3000});
  };
  EXPECT_THAT(Coverage(GetParam(), 1000, interval), AllOf(Ge(0.92), Le(0.98)));
}

TEST_P(Coverages, BootstrapOfTheMeanCoversAsOftenAsItSays) {
  const auto interval = [](const std::vector<double>& values, uint64_t seed) {
    return BootstrapInterval({values}, Mean, {seed, 3000});
  };
  EXPECT_THAT(Coverage(GetParam(), 1000, interval), AllOf(Ge(0.92), Le(0.98)));
}

INSTANTIATE_TEST_SUITE_P(FiveAndTenSeeds, Coverages, ::testing::Values(5, 10));

TEST(Coverage, HoldsForSeveralTasksTogether) {
  Rng rng(DeriveSeed(1, "strata"));
  int covered = 0;
  constexpr int kRepetitions = 500;
  for (int i = 0; i < kRepetitions; ++i) {
    const Strata strata = {Normals(5, rng, -1), Normals(5, rng, 0), Normals(5, rng, 1)};
    const Interval interval = *BootstrapInterval(strata, Mean, {uint64_t(i), 3000});
    covered += interval.low <= 0 && 0 <= interval.high;
  }
  EXPECT_THAT(static_cast<double>(covered) / kRepetitions, AllOf(Ge(0.92), Le(0.98)));
}

// The plain percentiles, whose coverage is why the expanded ones are there.
TEST(Coverage, PlainPercentilesCoverTooLittle) {
  Rng rng(DeriveSeed(1, "plain"));
  int covered = 0;
  constexpr int kRepetitions = 1000;
  constexpr int kResamples = 400;
  for (int i = 0; i < kRepetitions; ++i) {
    const std::vector<double> values = Normals(5, rng);
    std::vector<double> results;
    for (int r = 0; r < kResamples; ++r) {
      std::vector<double> resample;
      for (int k = 0; k < 5; ++k) resample.push_back(values[rng.Below(5)]);
      results.push_back(Mean(resample));
    }
    std::sort(results.begin(), results.end());
    covered += results[10] <= 0 && 0 <= results[kResamples - 11];
  }
  EXPECT_LT(static_cast<double>(covered) / kRepetitions, 0.88);
}

// P(X > Y) of two normals whose means differ by d is Phi(d / sqrt(2)).
TEST(Coverage, OfTheProbabilityOfImprovementIsAtLeastWhatItSays) {
  for (const int n : {3, 5, 10}) {
    for (const double difference : {0.0, 1.0, 2.5}) {
      const double truth = 0.5 * std::erfc(-difference / 2);
      Rng rng(DeriveSeed(1, "improvement", n));
      int covered = 0;
      constexpr int kRepetitions = 4000;
      for (int i = 0; i < kRepetitions; ++i) {
        const Improvement improvement =
            *ProbabilityOfImprovement({Normals(n, rng, difference)}, {Normals(n, rng)});
        covered += improvement.interval->low <= truth && truth <= improvement.interval->high;
      }
      // With three a side even nine wins of nine leave 1/2 within the interval, so it covers more.
      EXPECT_GE(static_cast<double>(covered) / kRepetitions, 0.94)
          << n << " seeds a side, means " << difference << " apart";
    }
  }
}

}  // namespace
}  // namespace vagram
