#include "core/env/user_task/quantity.h"

#include <cmath>

namespace vagram {
namespace {

double CentreOfMass(const MujocoView& view, int begin, int end, int axis) {
  double sum = 0, mass = 0;
  for (int body = begin; body < end; ++body) {
    sum += view.body_mass[body] * view.xipos[3 * body + axis];
    mass += view.body_mass[body];
  }
  return mass > 0 ? sum / mass : view.xipos[3 * begin + axis];
}

// cvel holds rotation, then the velocity of the point of the body that coincides with the centre of
// mass of the whole tree: v = v_com + w x (x - x_com).
double LinearVelocity(const MujocoView& view, const Quantity& of) {
  const double* rotation = &view.cvel[6 * of.index];
  const int next = (of.axis + 1) % 3, last = (of.axis + 2) % 3;
  const auto lever = [&](int axis) {
    return view.xpos[3 * of.index + axis] - CentreOfMass(view, of.tree_begin, of.tree_end, axis);
  };
  return rotation[3 + of.axis] + rotation[next] * lever(last) - rotation[last] * lever(next);
}

// The last entry of the rotation matrix of a unit quaternion (w, x, y, z).
double Upright(const double* quaternion) {
  const double x = quaternion[1], y = quaternion[2];
  return 1 - 2 * (x * x + y * y);
}

}  // namespace

double Quantity::In(const MujocoView& view) const {
  switch (kind) {
    case Kind::kQpos:
      return view.qpos[index];
    case Kind::kQvel:
      return view.qvel[index];
    case Kind::kSinQpos:
      return std::sin(view.qpos[index]);
    case Kind::kCosQpos:
      return std::cos(view.qpos[index]);
    case Kind::kXpos:
      return view.xpos[index];
    case Kind::kXquat:
      return view.xquat[index];
    case Kind::kSiteXpos:
      return view.site_xpos[index];
    case Kind::kCfrcExt:
      return view.cfrc_ext[index];
    case Kind::kQfrcActuator:
      return view.qfrc_actuator[index];
    case Kind::kQfrcConstraint:
      return view.qfrc_constraint[index];
    case Kind::kAngularVelocity:
      return view.cvel[6 * index + axis];
    case Kind::kLinearVelocity:
      return LinearVelocity(view, *this);
    case Kind::kCentreOfMass:
      return CentreOfMass(view, 0, static_cast<int>(view.body_mass.size()), axis);
    case Kind::kUpright:
      return Upright(&view.xquat[4 * index]);
  }
  return std::nan("");
}

}  // namespace vagram
