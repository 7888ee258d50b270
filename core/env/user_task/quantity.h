#ifndef CORE_ENV_USER_TASK_QUANTITY_H_
#define CORE_ENV_USER_TASK_QUANTITY_H_

#include <array>

#include "core/env/mujoco_task.h"

namespace vagram {

// One number that can be read off a simulation: an entry of one of the engine's arrays, or what
// follows from a few of them.
struct Quantity {
  enum class Kind {
    kQpos,
    kQvel,
    kSinQpos,
    kCosQpos,
    kXpos,
    kXquat,
    kSiteXpos,
    kCfrcExt,
    kQfrcActuator,
    kQfrcConstraint,
    kAngularVelocity,  // of a body, in world axes: the first half of cvel
    kLinearVelocity,   // of a body's frame, in world axes
    kCentreOfMass,     // of all bodies
    kUpright,          // cosine of the angle between a body's z axis and the world's
  };

  Kind kind = Kind::kQpos;
  int index = 0;  // into the engine's array; of the last four kinds: body, none, body
  int axis = 0;   // of velocities and of the centre of mass
  // The bodies of the body's kinematic tree, whose centre of mass cvel is relative to.
  int tree_begin = 0, tree_end = 0;

  double In(const MujocoView& view) const;

  friend bool operator==(const Quantity& a, const Quantity& b) {
    return a.kind == b.kind && a.index == b.index && a.axis == b.axis;
  }
};

using Point = std::array<Quantity, 3>;  // x, y, z

}  // namespace vagram

#endif  // CORE_ENV_USER_TASK_QUANTITY_H_
