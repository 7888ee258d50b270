#ifndef CORE_ENV_MUJOCO_TASK_H_
#define CORE_ENV_MUJOCO_TASK_H_

#include <array>
#include <string>

#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/env/task.h"

namespace vagram {

// What a task reads from the engine. Everything but qpos and qvel belongs to the engine's last
// evaluation inside the step and lags behind them, as in the reference environments.
struct MujocoView {
  absl::Span<const double> qpos;  // [nq]
  absl::Span<const double> qvel;  // [nv]
};

// The quantity whose change a reward is paid for: a position, padded with zeros.
using Landmark = std::array<double, 3>;

// A task on the MuJoCo engine; MujocoEnv runs it. The functions see numbers only, so that the
// catalogue of tasks links without the engine.
struct MujocoTask {
  Task task;
  std::string model;   // core/env/mjcf/<model>.xml
  int frame_skip = 0;  // engine steps per control interval

  // Moves the model's initial state, which `qpos` and `qvel` hold, to a random start.
  void (*draw_start)(Rng& rng, absl::Span<double> qpos, absl::Span<double> qvel) = nullptr;

  void (*observe)(const MujocoView& view, absl::Span<double> observation) = nullptr;
  Landmark (*landmark)(const MujocoView& view) = nullptr;

  // The reward of a step that moved the landmark from `before` to `after`.
  double (*reward)(const Landmark& before, const Landmark& after,
                   absl::Span<const double> action) = nullptr;
  bool (*terminated)(const MujocoView& view) = nullptr;
};

}  // namespace vagram

#endif  // CORE_ENV_MUJOCO_TASK_H_
