#include "core/metrics/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/random.h"

namespace vagram {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kPi = 3.14159265358979323846;
constexpr double kUpperTail = 0.975;  // of an interval of 95 %

bool HasNan(absl::Span<const double> values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
}

bool AllFinite(absl::Span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

// Sorts `values`, which has some.
double TrimmedMean(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  const size_t cut = values.size() / 4;
  return Mean(absl::MakeConstSpan(values).subspan(cut, values.size() - 2 * cut));
}

// P(T <= t) for integer degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4).
double StudentTProbability(double t, int degrees) {
  const double theta = std::atan(t / std::sqrt(degrees));
  const double cosine = std::cos(theta);
  double sum = 0;
  if (degrees % 2 == 1) {
    double term = cosine;
    for (int k = 1; k <= degrees - 2; k += 2) {
      sum += term;
      term *= cosine * cosine * (k + 1) / (k + 2);
    }
    return 0.5 + (theta + std::sin(theta) * sum) / kPi;
  }
  double term = 1;
  for (int k = 0; k <= degrees - 2; k += 2) {
    sum += term;
    term *= cosine * cosine * (k + 1) / (k + 2);
  }
  return 0.5 + 0.5 * std::sin(theta) * sum;
}

// Between `low` and `high` the place where `is_below` turns from true to false.
double Bisect(double low, double high, const std::function<bool(double)>& is_below) {
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    (is_below(middle) ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

// Linear between order statistics. `sorted` has values; 0 <= p <= 1.
double SortedQuantile(absl::Span<const double> sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const size_t below = std::min(static_cast<size_t>(at), sorted.size() - 1);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double share = at - static_cast<double>(below);
  return (1 - share) * sorted[below] + share * sorted[above];
}

double ShareOfWins(absl::Span<const double> x, absl::Span<const double> y) {
  double wins = 0;
  for (const double a : x) {
    for (const double b : y) wins += a > b ? 1 : a == b ? 0.5 : 0;
  }
  return wins / (static_cast<double>(x.size()) * static_cast<double>(y.size()));
}

// Newcombe 2006, part 2, method 5: the probabilities p whose distance from the observed one is at
// most t sqrt(V(p)), V the variance of Hanley and McNeil (1982) with both sizes replaced by their
// mean. He takes the normal quantile for t, which covers too little with three seeds a side.
Interval WinsInterval(double observed, size_t x_size, size_t y_size) {
  const double m = static_cast<double>(x_size);
  const double n = static_cast<double>(y_size);
  const double half = (m + n) / 2 - 1;
  const double t = StudentTQuantile(kUpperTail, std::max<int>(1, x_size + y_size - 2));
  const auto is_within = [=](double p) {
    const double variance =
        p * (1 - p) * (1 + half * (1 - p) / (2 - p) + half * p / (1 + p)) / (m * n);
    return std::pow(observed - p, 2) <= t * t * variance;
  };
  return {observed == 0 ? 0 : Bisect(0, observed, [&](double p) { return !is_within(p); }),
          observed == 1 ? 1 : Bisect(observed, 1, is_within)};
}

}  // namespace

double Mean(absl::Span<const double> values) {
  if (values.empty()) return kNan;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double Median(absl::Span<const double> values) {
  if (values.empty() || HasNan(values)) return kNan;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const size_t half = sorted.size() / 2;
  if (sorted.size() % 2 == 1 || sorted[half - 1] == sorted[half]) return sorted[half];
  return sorted[half - 1] / 2 + sorted[half] / 2;  // the sum of two might overflow
}

double InterquartileMean(absl::Span<const double> values) {
  if (values.empty() || HasNan(values)) return kNan;
  std::vector<double> copy(values.begin(), values.end());
  return TrimmedMean(copy);
}

double StudentTQuantile(double p, int degrees) {
  if (p < 0.5) return -StudentTQuantile(1 - p, degrees);
  double high = 1;
  while (high < 1e300 && StudentTProbability(high, degrees) < p) high *= 2;
  return Bisect(0, high, [=](double t) { return StudentTProbability(t, degrees) < p; });
}

std::optional<Interval> MeanInterval(absl::Span<const double> values) {
  const int n = static_cast<int>(values.size());
  if (n < kMinSeedsOfMeanInterval || !AllFinite(values)) return std::nullopt;
  const double mean = Mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double error = std::sqrt(squares / (n - 1) / n);
  const double half_width = StudentTQuantile(kUpperTail, n - 1) * error;
  return Interval{mean - half_width, mean + half_width};
}

std::optional<Interval> BootstrapInterval(
    const Strata& strata, const std::function<double(absl::Span<const double>)>& statistic,
    const BootstrapOptions& options) {
  size_t total = 0;
  size_t smallest = std::numeric_limits<size_t>::max();
  for (const std::vector<double>& stratum : strata) {
    if (!AllFinite(stratum)) return std::nullopt;
    total += stratum.size();
    smallest = std::min(smallest, stratum.size());
  }
  if (strata.empty() || smallest < kMinSeedsOfBootstrapInterval || options.resamples < 1) {
    return std::nullopt;
  }

  Rng rng(DeriveSeed(options.seed, "bootstrap"));
  std::vector<double> resample(total);
  std::vector<double> results(options.resamples);
  for (double& result : results) {
    size_t filled = 0;
    for (const std::vector<double>& stratum : strata) {
      for (size_t i = 0; i < stratum.size(); ++i) {
        resample[filled++] = stratum[rng.Below(stratum.size())];
      }
    }
    result = statistic(resample);
  }
  std::sort(results.begin(), results.end());

  // With strata of several sizes the smallest says how much a plug-in variance is too small, which
  // is on the safe side; the degrees of freedom add up as they do in a pooled variance.
  const int degrees = static_cast<int>(total - strata.size());
  const double n = static_cast<double>(smallest);
  const double quantile = std::sqrt(n / (n - 1)) * StudentTQuantile(kUpperTail, degrees);
  const double tail = 0.5 * std::erfc(quantile / std::sqrt(2.0));
  return Interval{SortedQuantile(results, tail), SortedQuantile(results, 1 - tail)};
}

std::optional<Improvement> ProbabilityOfImprovement(const Strata& x, const Strata& y) {
  double sum = 0, below = 0, above = 0;
  int count = 0;
  bool has_interval = true;
  for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (HasNan(x[i]) || HasNan(y[i])) return std::nullopt;
    if (x[i].empty() || y[i].empty()) continue;
    const double wins = ShareOfWins(x[i], y[i]);
    const Interval interval = WinsInterval(wins, x[i].size(), y[i].size());
    sum += wins;
    below += std::pow(wins - interval.low, 2);
    above += std::pow(interval.high - wins, 2);
    has_interval &= std::min(x[i].size(), y[i].size()) >= kMinSeedsOfMeanInterval;
    ++count;
  }
  if (count == 0) return std::nullopt;
  Improvement improvement;
  improvement.probability = sum / count;
  if (has_interval) {
    improvement.interval = Interval{improvement.probability - std::sqrt(below) / count,
                                    improvement.probability + std::sqrt(above) / count};
  }
  return improvement;
}

}  // namespace vagram
