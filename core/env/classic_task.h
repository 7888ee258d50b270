#ifndef CORE_ENV_CLASSIC_TASK_H_
#define CORE_ENV_CLASSIC_TASK_H_

#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/env/task.h"

namespace vagram {

// A task whose equations of motion are a few lines of ours; ClassicEnv runs it.
struct ClassicTask {
  Task task;
  int num_coordinates = 0;  // positions, and as many velocities

  // Draws a start state.
  void (*draw_start)(Rng& rng, absl::Span<double> qpos, absl::Span<double> qvel) = nullptr;

  // Moves the state by one control interval. `action` has the right size and is finite.
  StepOutcome (*step)(absl::Span<const double> action, absl::Span<double> qpos,
                      absl::Span<double> qvel) = nullptr;

  void (*observe)(absl::Span<const double> qpos, absl::Span<const double> qvel,
                  absl::Span<double> observation) = nullptr;
};

}  // namespace vagram

#endif  // CORE_ENV_CLASSIC_TASK_H_
