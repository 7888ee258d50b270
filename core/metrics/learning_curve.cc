#include "core/metrics/learning_curve.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace vagram {

LearningCurve MakeLearningCurve(absl::Span<const int64_t> steps, absl::Span<const double> values) {
  LearningCurve curve;
  for (size_t i = 0; i < std::min(steps.size(), values.size()); ++i) {
    while (!curve.empty() && curve.steps.back() >= steps[i]) {
      curve.steps.pop_back();
      curve.values.pop_back();
    }
    if (std::isnan(values[i])) continue;
    curve.steps.push_back(steps[i]);
    curve.values.push_back(values[i]);
  }
  return curve;
}

std::optional<double> ValueAt(const LearningCurve& curve, int64_t step) {
  const auto at = std::lower_bound(curve.steps.begin(), curve.steps.end(), step);
  if (at == curve.steps.end()) return std::nullopt;
  const size_t i = at - curve.steps.begin();
  if (*at == step) return curve.values[i];
  if (i == 0) return std::nullopt;
  const double share = static_cast<double>(step - curve.steps[i - 1]) /
                       static_cast<double>(curve.steps[i] - curve.steps[i - 1]);
  return (1 - share) * curve.values[i - 1] + share * curve.values[i];
}

std::optional<double> AreaUnderCurve(const LearningCurve& curve, int64_t first, int64_t last) {
  const std::optional<double> at_first = ValueAt(curve, first);
  const std::optional<double> at_last = ValueAt(curve, last);
  if (!at_first.has_value() || !at_last.has_value() || first > last) return std::nullopt;
  if (first == last) return at_first;
  double area = 0;
  int64_t step = first;
  double value = *at_first;
  const auto add = [&](int64_t next_step, double next_value) {
    area += static_cast<double>(next_step - step) * (value + next_value) / 2;
    step = next_step;
    value = next_value;
  };
  for (size_t i = 0; i < curve.steps.size(); ++i) {
    if (curve.steps[i] > first && curve.steps[i] < last) add(curve.steps[i], curve.values[i]);
  }
  add(last, *at_last);
  return area / static_cast<double>(last - first);
}

std::optional<double> StepsToThreshold(const LearningCurve& curve, double threshold, int64_t last) {
  for (size_t i = 0; i < curve.steps.size(); ++i) {
    if (!(curve.values[i] >= threshold)) continue;
    double reached = static_cast<double>(curve.steps[i]);
    if (i > 0) {
      const double rise = curve.values[i] - curve.values[i - 1];
      const double share = (threshold - curve.values[i - 1]) / rise;
      // Where one of the two is infinite there is no line: it is reached at the evaluation.
      if (std::isfinite(share) && std::isfinite(rise)) {
        const double before = static_cast<double>(curve.steps[i - 1]);
        reached = before + share * (reached - before);
      }
    }
    if (reached > static_cast<double>(last)) return std::nullopt;
    return reached;
  }
  return std::nullopt;
}

std::optional<StepRange> CommonRange(absl::Span<const LearningCurve> curves) {
  std::optional<StepRange> range;
  for (const LearningCurve& curve : curves) {
    if (curve.empty()) return std::nullopt;
    if (!range.has_value()) range = StepRange{curve.steps.front(), curve.steps.back()};
    range->first = std::max(range->first, curve.steps.front());
    range->last = std::min(range->last, curve.steps.back());
  }
  if (range.has_value() && range->first > range->last) return std::nullopt;
  return range;
}

std::vector<int64_t> CommonGrid(absl::Span<const LearningCurve> curves, StepRange range, int most) {
  std::set<int64_t> evaluated = {range.first, range.last};
  for (const LearningCurve& curve : curves) {
    for (const int64_t step : curve.steps) {
      if (step > range.first && step < range.last) evaluated.insert(step);
    }
  }
  if (evaluated.size() <= static_cast<size_t>(most)) return {evaluated.begin(), evaluated.end()};
  std::vector<int64_t> even;
  for (int i = 0; i < most; ++i) {
    const double share = static_cast<double>(i) / (most - 1);
    even.push_back(range.first +
                   std::llround(share * static_cast<double>(range.last - range.first)));
  }
  return even;
}

}  // namespace vagram
