#ifndef LEARNER_STOPWATCH_H_
#define LEARNER_STOPWATCH_H_

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "learner/epoch_metrics.h"

namespace vagram {

// Adds the seconds it lived to a metric.
class Stopwatch {
 public:
  Stopwatch(Clock* clock, EpochMetrics& metrics, const char* name)
      : clock_(clock), metrics_(metrics), name_(name), start_(clock->Now()) {}
  ~Stopwatch() { metrics_.Add(name_, absl::ToDoubleSeconds(clock_->Now() - start_)); }

 private:
  Clock* const clock_;
  EpochMetrics& metrics_;
  const char* const name_;
  const absl::Time start_;
};

}  // namespace vagram

#endif  // LEARNER_STOPWATCH_H_
