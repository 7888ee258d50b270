#ifndef LEARNER_UPDATE_RATIO_H_
#define LEARNER_UPDATE_RATIO_H_

#include <cstdint>

namespace vagram {

// How far data and updates may run ahead of one another where actors do not wait for the learner
// (`schedule.mode: async`). Updates are due for steps that have arrived, from the end of the
// warm-up on, `updates_per_step` for each; none is made before it is due. Steps may be begun up to
// `run_ahead_steps` beyond those that the updates made so far are due for. So with both sides at
// work the ratio of updates to data is bounded from both sides, as that of samples to inserts is by
// a replay's rate limiter (Cassirer 2021). A pure function of counts.
class UpdateRatio {
 public:
  struct Options {
    int64_t updates_per_step = 1;  // >= 0; 0: nothing is ever due, and steps are not held back
    int64_t warmup_steps = 1;      // >= 1
    int64_t run_ahead_steps = 1;   // >= 1
  };

  explicit UpdateRatio(const Options& options) : options_(options) {}

  // Updates that are due and not made: >= 0.
  int64_t Due(int64_t steps_arrived, int64_t updates_made) const;

  // Steps that may have been begun in all, arrived ones included.
  int64_t StepsAllowed(int64_t updates_made) const;

 private:
  const Options options_;
};

}  // namespace vagram

#endif  // LEARNER_UPDATE_RATIO_H_
