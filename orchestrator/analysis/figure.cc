#include "orchestrator/analysis/figure.h"

#include <limits>
#include <utility>

namespace vagram::analysis {
namespace {

constexpr int kMostSteps = 100;       // of a curve: as many as can be seen
constexpr int kBandResamples = 4000;  // a percentile of 0.1 % is then the fourth one
constexpr int kFinalResamples = 10000;

std::optional<Interval> IntervalOf(const std::vector<double>& values, Center center,
                                   BootstrapOptions options) {
  return center == Center::kMean ? MeanInterval(values)
                                 : BootstrapInterval({values}, InterquartileMean, options);
}

double CenterOf(const std::vector<double>& values, Center center) {
  return center == Center::kMean ? Mean(values) : InterquartileMean(values);
}

// The curve between `first` and `last`, both of which it reaches.
LearningCurve Clipped(const LearningCurve& curve, StepRange range) {
  LearningCurve clipped;
  const auto add = [&](int64_t step, double value) {
    clipped.steps.push_back(step);
    clipped.values.push_back(value);
  };
  for (size_t i = 0; i < curve.steps.size(); ++i) {
    if (curve.steps[i] <= range.last) add(curve.steps[i], curve.values[i]);
  }
  if (clipped.empty() || clipped.steps.back() < range.last) {
    if (const auto value = ValueAt(curve, range.last)) add(range.last, *value);
  }
  return clipped;
}

FigureSeries MakeSeries(const std::vector<Run>& runs, const std::string& label,
                        const std::vector<int64_t>& grid, StepRange range, Center center,
                        uint64_t seed) {
  FigureSeries series;
  series.label = label;
  series.num_seeds = static_cast<int>(runs.size());
  if (runs.empty()) return series;
  const auto values_at = [&](int64_t step) {
    std::vector<double> values;
    for (const Run& run : runs) {
      values.push_back(ValueAt(run.curve, step).value_or(std::numeric_limits<double>::quiet_NaN()));
    }
    return values;
  };
  series.steps = grid;
  for (const int64_t step : grid) {
    const std::vector<double> values = values_at(step);
    series.center.push_back(CenterOf(values, center));
    // The same resamples at every step: a band without noise of its own.
    const std::optional<Interval> interval = IntervalOf(values, center, {seed, kBandResamples});
    if (interval.has_value()) series.band.push_back(*interval);
  }
  if (series.band.size() < grid.size()) series.band.clear();
  for (const Run& run : runs) series.seeds.push_back(Clipped(run.curve, range));
  series.final_seeds = values_at(range.last);
  series.final_center = CenterOf(series.final_seeds, center);
  series.final_interval = IntervalOf(series.final_seeds, center, {seed, kFinalResamples});
  return series;
}

Center ChooseCenter(const GroupedTrials& trials) {
  for (const Stratum& stratum : trials.strata) {
    for (const std::vector<Run>& runs : stratum.runs) {
      if (!runs.empty() && runs.size() < kMinSeedsOfBootstrapInterval) return Center::kMean;
    }
  }
  return Center::kInterquartileMean;
}

}  // namespace

Figure MakeFigure(const GroupedTrials& trials, uint64_t seed) {
  Figure figure;
  figure.metric = trials.metric;
  figure.center = ChooseCenter(trials);
  for (const Stratum& stratum : trials.strata) {
    std::vector<LearningCurve> curves;
    for (const std::vector<Run>& runs : stratum.runs) {
      for (const Run& run : runs) curves.push_back(run.curve);
    }
    const std::vector<int64_t> grid = CommonGrid(curves, stratum.range, kMostSteps);
    FigureRow row;
    row.label = stratum.label;
    for (size_t i = 0; i < stratum.runs.size(); ++i) {
      row.series.push_back(MakeSeries(stratum.runs[i], trials.groups[i].label, grid, stratum.range,
                                      figure.center, seed));
    }
    figure.rows.push_back(std::move(row));
  }
  return figure;
}

}  // namespace vagram::analysis
