#include "core/render/camera.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace vagram {
namespace {

constexpr mjtNum kDefaultElevation = -45;  // MuJoCo's, of a model that asks for none

// A box around geoms, edges along the axes.
struct Box {
  std::array<mjtNum, 3> low, high;
  Box() {
    low.fill(std::numeric_limits<mjtNum>::infinity());
    high.fill(-std::numeric_limits<mjtNum>::infinity());
  }
  bool empty() const { return low[0] > high[0]; }
  mjtNum Side(int axis) const { return high[axis] - low[axis]; }
  mjtNum Middle(int axis) const { return (low[axis] + high[axis]) / 2; }
};

// The tree of bodies that hangs on the world and moves first; 0 if nothing moves.
int FirstMovingBody(const mjModel& model) {
  for (int body = 1; body < model.nbody; ++body) {
    if (model.body_dofnum[body] > 0) return body;
  }
  return 0;
}

// Whether the body's own joints can carry it away along the ground. One on limited rails cannot.
bool CanTravel(const mjModel& model, int body) {
  for (int i = 0; i < model.body_jntnum[body]; ++i) {
    const int joint = model.body_jntadr[body] + i;
    if (model.jnt_type[joint] == mjJNT_FREE) return true;
    if (model.jnt_type[joint] == mjJNT_SLIDE && !model.jnt_limited[joint]) return true;
  }
  return false;
}

bool HasFloor(const mjModel& model) {
  return std::find(model.geom_type, model.geom_type + model.ngeom, mjGEOM_PLANE) !=
         model.geom_type + model.ngeom;
}

// Around the geoms of the tree of `root`; of all trees and the world for 0. Spheres around geoms
// overestimate thin ones, so a geom of three sizes is taken by its turned half axes.
Box BoxAround(const mjModel& model, const mjData& data, int root) {
  Box box;
  for (int geom = 0; geom < model.ngeom; ++geom) {
    const bool belongs = root == 0 || model.body_rootid[model.geom_bodyid[geom]] == root;
    if (!belongs || model.geom_type[geom] == mjGEOM_PLANE) continue;
    const mjtNum* const size = model.geom_size + 3 * geom;
    std::array<mjtNum, 3> half = {size[0], size[1], size[2]};
    switch (model.geom_type[geom]) {
      case mjGEOM_BOX:
      case mjGEOM_ELLIPSOID:
        break;
      case mjGEOM_CAPSULE:
        half = {size[0], size[0], size[1] + size[0]};
        break;
      case mjGEOM_CYLINDER:
        half = {size[0], size[0], size[1]};
        break;
      default:
        half.fill(model.geom_rbound[geom]);
    }
    const mjtNum* const turn = data.geom_xmat + 9 * geom;
    for (int axis = 0; axis < 3; ++axis) {
      mjtNum reach = 0;
      for (int i = 0; i < 3; ++i) reach += std::abs(turn[3 * axis + i]) * half[i];
      const mjtNum at = data.geom_xpos[3 * geom + axis];
      box.low[axis] = std::min(box.low[axis], at - reach);
      box.high[axis] = std::max(box.high[axis], at + reach);
    }
  }
  return box;
}

std::vector<std::string> CameraNames(const mjModel& model) {
  std::vector<std::string> names = {"track", "fixed"};
  for (int i = 0; i < model.ncam; ++i) {
    const char* const name = mj_id2name(&model, mjOBJ_CAMERA, i);
    if (name != nullptr) names.push_back(name);
  }
  return names;
}

}  // namespace

absl::StatusOr<Camera> Camera::Create(const mjModel& model, const mjData& initial,
                                      const std::string& name) {
  Camera camera;
  camera.Frame(model, initial);
  if (name != "track" && name != "fixed") {
    camera.view_.type = mjCAMERA_FIXED;
    camera.view_.fixedcamid = mj_name2id(&model, mjOBJ_CAMERA, name.c_str());
    if (camera.view_.fixedcamid >= 0) return camera;
    return absl::NotFoundError(absl::StrCat("the model has no camera '", name, "'; there are ",
                                            absl::StrJoin(CameraNames(model), ", ")));
  }
  const int moving = FirstMovingBody(model);
  if (name == "track" && HasFloor(model) && CanTravel(model, moving)) {
    camera.followed_body_ = moving;
    for (int axis = 0; axis < 2; ++axis) {
      camera.from_followed_[axis] = camera.view_.lookat[axis] - initial.xpos[3 * moving + axis];
    }
  }
  return camera;
}

void Camera::Frame(const mjModel& model, const mjData& initial) {
  const int moving = FirstMovingBody(model);
  const bool travels = HasFloor(model) && CanTravel(model, moving);
  Box box = BoxAround(model, initial, travels ? moving : 0);
  if (box.empty()) box = BoxAround(model, initial, 0);
  if (box.empty()) return;  // nothing to see: MuJoCo's own view

  const mjtNum width = box.Side(0), depth = box.Side(1), height = box.Side(2);
  const bool flat = height < 0.25 * std::max(width, depth) && height < 1.5 * depth;
  const bool deep = depth > 0.5 * width;  // not a planar robot's, which is seen best from its side
  view_.type = mjCAMERA_FREE;
  view_.azimuth = model.vis.global.azimuth;
  view_.elevation = model.vis.global.elevation;
  if (view_.elevation == kDefaultElevation) {
    view_.elevation = flat ? -55 : deep ? -22 : -12;
    if (deep && !flat) view_.azimuth += 25;
  }
  // Half of the diagonal fills a view of 45 degrees at 2.6 times the distance; robots stretch.
  const std::array<mjtNum, 3> sides = {width, depth, height};
  view_.distance = (travels ? 2.1 : 1.4) * mju_norm(sides.data(), 3);
  for (int axis = 0; axis < 3; ++axis) view_.lookat[axis] = box.Middle(axis);
  ground_ = box.low[2] - 0.1 * std::max(width, height);
}

mjvCamera Camera::At(const mjData& data) const {
  mjvCamera view = view_;
  if (followed_body_ != 0) {
    for (int axis = 0; axis < 2; ++axis) {
      view.lookat[axis] = data.xpos[3 * followed_body_ + axis] + from_followed_[axis];
    }
  }
  return view;
}

}  // namespace vagram
