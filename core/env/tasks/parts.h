#ifndef CORE_ENV_TASKS_PARTS_H_
#define CORE_ENV_TASKS_PARTS_H_

// The few lines that several tasks share.

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "core/base/random.h"

namespace vagram {

// Turns a rule about one observation into Task::terminated.
template <int kObsDim, bool (*kTerminated)(absl::Span<const float> observation)>
void TerminatedRows(absl::Span<const float> observations, absl::Span<uint8_t> out) {
  for (size_t row = 0; row < out.size(); ++row) {
    out[row] = kTerminated(observations.subspan(row * kObsDim, kObsDim)) ? 1 : 0;
  }
}

// Task::terminated of a task that only its time limit ends.
inline void NeverTerminated(absl::Span<const float>, absl::Span<uint8_t> out) {
  for (uint8_t& terminated : out) terminated = 0;
}

// Adds independent noise, uniform in [-radius, radius), to every value.
inline void AddUniformNoise(Rng& rng, double radius, absl::Span<double> values) {
  for (double& value : values) value += rng.Uniform(-radius, radius);
}

inline double SumOfSquares(absl::Span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum;
}

}  // namespace vagram

#endif  // CORE_ENV_TASKS_PARTS_H_
