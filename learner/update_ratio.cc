#include "learner/update_ratio.h"

#include <algorithm>
#include <limits>

namespace vagram {

int64_t UpdateRatio::Due(int64_t steps_arrived, int64_t updates_made) const {
  // The step that ends the warm-up is the first with updates, as in lockstep.
  const int64_t counting = std::max<int64_t>(0, steps_arrived - options_.warmup_steps + 1);
  return std::max<int64_t>(0, counting * options_.updates_per_step - updates_made);
}

int64_t UpdateRatio::StepsAllowed(int64_t updates_made) const {
  if (options_.updates_per_step == 0) return std::numeric_limits<int64_t>::max();
  const int64_t paid = updates_made / options_.updates_per_step;  // steps with all their updates
  return options_.warmup_steps - 1 + paid + options_.run_ahead_steps;
}

}  // namespace vagram
