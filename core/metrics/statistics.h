#ifndef CORE_METRICS_STATISTICS_H_
#define CORE_METRICS_STATISTICS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/types/span.h"

// What a handful of seeds says about a group of trials, and how sure one may be. The unit is the
// seed: one number per trial, never one per evaluation or per epoch. Intervals are of 95 %. Why
// these methods and not others: docs/design/0018-statistics.md. Pure functions of their arguments.
//
// Sources:
//   Agarwal et al., Deep RL at the edge of the statistical precipice, NeurIPS 2021
//   Efron and Tibshirani, An introduction to the bootstrap, 1993
//   Hesterberg, What teachers should know about the bootstrap, The American Statistician 69, 2015
//   Newcombe, Confidence intervals for an effect size measure based on the Mann-Whitney statistic,
//   part 2, Statistics in Medicine 25, 2006

namespace vagram {

// Fewer seeds have no interval. Of the mean: with two, Student's t is 12.7 standard errors wide on
// both sides. Of a bootstrap: with four, all resamples lie within the range of the data, and the
// range itself covers a median with 87 % only.
constexpr int kMinSeedsOfMeanInterval = 3;
constexpr int kMinSeedsOfBootstrapInterval = 5;

struct Interval {
  double low = 0;
  double high = 0;
};

// NaN where there is no value; NaN among the values gives NaN.
double Mean(absl::Span<const double> values);
double Median(absl::Span<const double> values);

// Mean of what is left when the lowest and highest floor(n / 4) values are cut off (Agarwal 2021,
// section 4.3; scipy.stats.trim_mean(x, 0.25), also where 4 does not divide n). Less at the mercy
// of one lucky seed than the mean, and wastes less than the median.
double InterquartileMean(absl::Span<const double> values);

// The value that Student's t with `degrees` > 0 degrees of freedom stays below with probability p,
// 0 < p < 1.
double StudentTQuantile(double p, int degrees);

// Student's t interval of the mean: exact where seeds are normal.   Nothing: fewer than
// kMinSeedsOfMeanInterval values, or one that is not finite.
std::optional<Interval> MeanInterval(absl::Span<const double> values);

// One stratum's values: a task's seeds. Strata are fixed, seeds are drawn.
using Strata = std::vector<std::vector<double>>;

struct BootstrapOptions {
  uint64_t seed = 0;  // the same seed, the same interval
  int resamples = 10000;
};

// The expanded percentile bootstrap of statistic(all values): seeds are drawn anew within each
// stratum (Agarwal 2021, section 4.1), and the percentiles are moved outwards so that they make up
// for the n that ought to be n - 1 and for the normal quantile that ought to be Student's
// (Hesterberg 2015, section 3.3); as they are, they cover about 90 % with five seeds.
//   Nothing: a stratum with fewer than kMinSeedsOfBootstrapInterval values, none at all, or a value
// that is not finite.
std::optional<Interval> BootstrapInterval(
    const Strata& strata, const std::function<double(absl::Span<const double>)>& statistic,
    const BootstrapOptions& options = {});

struct Improvement {
  double probability = 0;
  std::optional<Interval> interval;
};

// The probability that a seed of `x` has a higher value than one of `y`: over all pairs, ties count
// half; averaged over strata (Agarwal 2021, section 4.3). Both have the same strata in the same
// order; a stratum without values on both sides is left out.   Nothing: all are, or a value is NaN.
//   The interval is Newcombe's method 5 (2006) with Student's quantile, which has a width also
//   where
// all pairs agree; over strata his square-and-add rule joins them. It is missing where one of the
// strata has fewer than kMinSeedsOfMeanInterval values on a side.
std::optional<Improvement> ProbabilityOfImprovement(const Strata& x, const Strata& y);

}  // namespace vagram

#endif  // CORE_METRICS_STATISTICS_H_
