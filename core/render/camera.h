#ifndef CORE_RENDER_CAMERA_H_
#define CORE_RENDER_CAMERA_H_

#include <mujoco/mujoco.h>

#include <string>

#include "absl/status/statusor.h"

namespace vagram {

// Where a picture is taken from. Immutable; thread-safe.
//   track   beside the first moving body, and along with it where it can leave the place
//   fixed   the same view, standing still
//   NAME    a camera of the model
// Direction and distance of the first two suit the model's shape; azimuth and elevation that the
// model itself asks for (<visual><global/>) come first.
class Camera {
 public:
  // `initial`: the model's initial state with its positions derived; used in this call only.
  //   NOT_FOUND: no such camera; names those there are.
  static absl::StatusOr<Camera> Create(const mjModel& model, const mjData& initial,
                                       const std::string& name);

  // The camera that shows `data`, whose positions are derived.
  mjvCamera At(const mjData& data) const;

  // A height under everything that is in view at first, for a floor where the model has none.
  mjtNum ground() const { return ground_; }

 private:
  Camera() { mjv_defaultCamera(&view_); }
  void Frame(const mjModel& model, const mjData& initial);

  mjvCamera view_;
  mjtNum ground_ = 0;
  int followed_body_ = 0;                 // 0, the world: stands still
  mjtNum from_followed_[2] = {0.0, 0.0};  // x and y from that body to what is looked at
};

}  // namespace vagram

#endif  // CORE_RENDER_CAMERA_H_
