#ifndef CORE_ENV_MUJOCO_TASK_H_
#define CORE_ENV_MUJOCO_TASK_H_

#include <array>
#include <functional>
#include <string>

#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/env/task.h"

namespace vagram {

// What a task reads from the engine, by the engine's own names. Everything but qpos and qvel
// belongs to the engine's last evaluation inside the step and lags behind them, as in the reference
// environments; after a reset it is fresh. Body 0 is the world.
struct MujocoView {
  absl::Span<const double> qpos;             // [nq]
  absl::Span<const double> qvel;             // [nv]
  absl::Span<const double> xpos;             // [nbody, 3], of the bodies' frames
  absl::Span<const double> xquat;            // [nbody, 4]
  absl::Span<const double> xipos;            // [nbody, 3], of the bodies' centres of mass
  absl::Span<const double> site_xpos;        // [nsite, 3]
  absl::Span<const double> cinert;           // [nbody, 10]
  absl::Span<const double> cvel;             // [nbody, 6]
  absl::Span<const double> cfrc_ext;         // [nbody, 6], zero after a reset; see MujocoTask
  absl::Span<const double> qfrc_actuator;    // [nv]
  absl::Span<const double> qfrc_constraint;  // [nv]
  absl::Span<const double> body_mass;        // [nbody], a constant of the model
};

// The quantity whose change a reward is paid for, padded with zeros; most often a position.
using Landmark = std::array<double, 3>;

// A task on the MuJoCo engine; MujocoEnv runs it. The functions see numbers only, so that the
// catalogue of tasks links without the engine.
struct MujocoTask {
  Task task;
  std::string model;   // core/env/mjcf/<model>.xml
  int frame_skip = 0;  // engine steps per control interval

  // Whether any of the functions below reads cfrc_ext. Where none does, the engine need not work it
  // out (mj_rnePostConstraint), which changes nothing else; cfrc_ext then stays zero.
  bool reads_contact_forces = true;

  // Moves the model's initial state, which `qpos` and `qvel` hold, to a random start.
  std::function<void(Rng& rng, absl::Span<double> qpos, absl::Span<double> qvel)> draw_start;

  std::function<void(const MujocoView& view, absl::Span<double> observation)> observe;
  std::function<Landmark(const MujocoView& view)> landmark;

  // The reward of a step that moved the landmark from `before` to `after` and led to `view`.
  std::function<double(const Landmark& before, const Landmark& after, const MujocoView& view,
                       absl::Span<const double> action)>
      reward;
  std::function<bool(const MujocoView& view)> terminated;
};

}  // namespace vagram

#endif  // CORE_ENV_MUJOCO_TASK_H_
