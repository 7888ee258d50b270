#ifndef CORE_ENV_TASKS_PARTS_H_
#define CORE_ENV_TASKS_PARTS_H_

// The few lines that several tasks share.

#include <algorithm>

#include "absl/types/span.h"
#include "core/base/random.h"

namespace vagram {

// Task::terminated of a task that only its time limit ends.
inline bool NeverTerminated(absl::Span<const float>) { return false; }

// Adds independent noise, uniform in [-radius, radius), to every value.
inline void AddUniformNoise(Rng& rng, double radius, absl::Span<double> values) {
  for (double& value : values) value += rng.Uniform(-radius, radius);
}

// Adds independent normal noise of the given standard deviation to every value.
inline void AddNormalNoise(Rng& rng, double stddev, absl::Span<double> values) {
  for (double& value : values) value += stddev * rng.Normal();
}

// Copies `values`, held to [-bound, bound], to `out`; gives the place behind the last.
template <typename Out>
Out CopyClipped(absl::Span<const double> values, double bound, Out out) {
  return std::transform(values.begin(), values.end(), out,
                        [bound](double value) { return std::clamp(value, -bound, bound); });
}

template <typename Value>
double SumOfSquares(absl::Span<const Value> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum;
}

}  // namespace vagram

#endif  // CORE_ENV_TASKS_PARTS_H_
