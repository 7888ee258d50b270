#ifndef ORCHESTRATOR_STEP_PACE_H_
#define ORCHESTRATOR_STEP_PACE_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace vagram {

// How fast an attempt takes environment steps, from what its learner says now and then. The first
// word is where counting begins: a trial that goes on from its checkpoint has not just taken the
// steps before it. Not thread-safe.
class StepPace {
 public:
  // The learner is at `step`. Answers the steps taken since the furthest one heard of so far.
  int64_t Advance(int64_t step, absl::Time now);

  // Steps per second over the last kWindow or more; nullopt before that much has been heard.
  std::optional<double> per_second() const { return per_second_; }

  static constexpr absl::Duration kWindow = absl::Seconds(10);

 private:
  std::optional<int64_t> furthest_;
  int64_t window_step_ = 0;  // where it was when the window began
  absl::Time window_start_;
  std::optional<double> per_second_;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_STEP_PACE_H_
