#ifndef CORE_METRICS_LEARNING_CURVE_H_
#define CORE_METRICS_LEARNING_CURVE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace vagram {

// One metric of one trial against environment steps, where it was measured. Steps ascend strictly.
// Between two points the curve is the straight line; before the first and behind the last there
// is none.
struct LearningCurve {
  std::vector<int64_t> steps;
  std::vector<double> values;

  bool empty() const { return steps.empty(); }
};

// Rows in the order in which they were reported, `values` as long as `steps`. NaN means not
// measured and is skipped. A step that is not above the ones before it takes their place: the trial
// went back to a checkpoint and did that part again.
LearningCurve MakeLearningCurve(absl::Span<const int64_t> steps, absl::Span<const double> values);

// The curve's value at `step`.   Nothing: beyond its ends.
std::optional<double> ValueAt(const LearningCurve& curve, int64_t step);

// Mean height of the curve from `first` to `last`: the area under it by the trapezoid rule, divided
// by the range; the value itself where they are the same step. In the metric's own units, and it
// does not grow with the number of evaluations.   Nothing: the curve does not reach from one to the
// other, or first > last.
std::optional<double> AreaUnderCurve(const LearningCurve& curve, int64_t first, int64_t last);

// The first step at which the curve is at or above `threshold`, on the line between two evaluated
// points, up to `last`. A curve that begins there has its first step.   Nothing: not reached by
// then. That is a censored time, not a missing one: it is longer than `last`.
std::optional<double> StepsToThreshold(const LearningCurve& curve, double threshold, int64_t last);

struct StepRange {
  int64_t first = 0;
  int64_t last = 0;
};

// The steps at which all curves have values: up to the end of the shortest.   Nothing: there are no
// curves, or no such step.
std::optional<StepRange> CommonRange(absl::Span<const LearningCurve> curves);

// Steps within the range at which to look at all curves: every evaluated one if these are `most`
// at most, else `most` evenly spaced ones. `most` >= 2.
std::vector<int64_t> CommonGrid(absl::Span<const LearningCurve> curves, StepRange range, int most);

}  // namespace vagram

#endif  // CORE_METRICS_LEARNING_CURVE_H_
