#ifndef CORE_ENV_USER_TASK_NAMES_H_
#define CORE_ENV_USER_TASK_NAMES_H_

#include <mujoco/mujoco.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/env/user_task/quantity.h"
#include "core/env/user_task/task_description.h"
#include "core/yaml/faults.h"

namespace vagram {

// An entry of qpos or qvel, and what a person calls it.
struct Entry {
  int index = 0;
  int joint = 0;
  std::string name;
  std::string unit;
};

// Gives the words of a task's file their meaning in a compiled model. A word without one is a fault
// that names the nearest word that has.
class Names {
 public:
  Names(const mjModel& model, Faults* faults);

  // The entries of qpos, or of qvel with `velocities`, in the order in which they were named.
  std::vector<Entry> Entries(const Selection& selection, bool velocities, absl::string_view key);

  // Bodies or sites (mjOBJ_BODY, mjOBJ_SITE). `all` is all of them, the world included.
  std::vector<int> Objects(const Selection& selection, mjtObj type, absl::string_view key);

  // -1 after a fault.
  int Object(const Reference& name, mjtObj type, absl::string_view key);

  // qpos/JOINT, qvel/JOINT, body/NAME/AXIS, site/NAME/AXIS or com/AXIS, with x, y or z for AXIS.
  // False after a fault.
  bool ReadQuantity(const Reference& text, absl::string_view key, Quantity* quantity);

  // body/NAME, site/NAME or com.
  bool ReadPoint(const Reference& text, absl::string_view key, Point* point);

  // The x, y and z of a body or site.
  static Point PositionOf(mjtObj type, int id);

  std::string NameOf(mjtObj type, int id) const;

  void Fault(const Position& at, absl::string_view key, absl::string_view description) {
    faults_.Add(at, key, description);
  }

 private:
  int NumObjects(mjtObj type) const;
  std::vector<std::string> AllNames(mjtObj type) const;
  std::vector<Entry> EntriesOfJoint(int joint, bool velocities) const;
  const std::vector<Entry>& AllEntries(bool velocities) const { return velocities ? qvel_ : qpos_; }

  const mjModel& model_;
  Faults& faults_;
  std::vector<Entry> qpos_, qvel_;
};

}  // namespace vagram

#endif  // CORE_ENV_USER_TASK_NAMES_H_
