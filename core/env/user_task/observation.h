#ifndef CORE_ENV_USER_TASK_OBSERVATION_H_
#define CORE_ENV_USER_TASK_OBSERVATION_H_

#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "core/env/mujoco_task.h"
#include "core/env/user_task/names.h"
#include "core/env/user_task/quantity.h"
#include "core/env/user_task/task_description.h"

namespace vagram {

// An entry of the observation: a quantity, or what it exceeds another by, within a range.
struct ObservedEntry {
  Quantity quantity;
  std::optional<Quantity> minus;
  Range clip;
};

// The observation of a user's task. Thread-safe.
class Observation {
 public:
  // Faults go to those of `names`.
  Observation(const std::vector<ObservedTerm>& terms, const mjModel& model, Names* names);

  // Its size.
  int dim() const { return static_cast<int>(entries_.size()); }

  // What it consists of, for people.
  const std::vector<ObservationPart>& parts() const { return parts_; }

  // The entry that shows `quantity`, clipped or not; -1 where none does.
  int Find(const Quantity& quantity) const;

  // One entry of it.
  double At(int i, const MujocoView& view) const;

  void Write(const MujocoView& view, absl::Span<double> out) const;

 private:
  std::vector<ObservedEntry> entries_;
  std::vector<ObservationPart> parts_;
};

}  // namespace vagram

#endif  // CORE_ENV_USER_TASK_OBSERVATION_H_
