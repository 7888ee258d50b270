#ifndef CORE_ENV_USER_TASK_TERMINATION_H_
#define CORE_ENV_USER_TASK_TERMINATION_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "core/env/mujoco_task.h"
#include "core/env/user_task/names.h"
#include "core/env/user_task/observation.h"
#include "core/env/user_task/task_description.h"

namespace vagram {

// When a user's task ends: as soon as a value leaves its bounds, or an entry of the observation is
// not finite. Thread-safe.
class Termination {
 public:
  // Every value must be an entry of `observation`, so that imagined states can be judged. Faults go
  // to those of `names`.
  Termination(const TaskDescription& description, const Observation& observation, Names* names);

  // By the simulation itself.
  bool Ends(const MujocoView& view) const;

  // By what is observed of it. Where an entry is clipped, the bounds hold for what is left of it.
  bool Ends(absl::Span<const float> observation) const;

  // For people; "never" where nothing ends the task.
  const std::string& text() const { return text_; }

 private:
  struct Kept {
    Quantity quantity;
    int observed;  // its entry in the observation
    Bounds bounds;
  };

  void Keep(const KeptTerm& term, Names* names);

  const Observation observation_;
  std::vector<Kept> kept_;
  bool finite_;
  std::string text_;
};

}  // namespace vagram

#endif  // CORE_ENV_USER_TASK_TERMINATION_H_
