#ifndef CORE_ENV_TASK_H_
#define CORE_ENV_TASK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace vagram {

// What one step gave. A time limit is not the environment's business: see Episode.
struct StepOutcome {
  double reward = 0;
  bool terminated = false;
};

// What is known of a task without simulating it: sizes, bounds, and when an imagined state ends an
// episode. Needs neither MuJoCo nor LibTorch, so that every role and the CLI can ask.
struct Task {
  std::string id;
  int obs_dim = 0;
  int act_dim = 0;
  std::vector<double> act_low;   // [act_dim]
  std::vector<double> act_high;  // [act_dim]
  int max_episode_steps = 0;     // default time limit
  double dt_seconds = 0;         // simulated time per step
  std::string observation;       // one line for people: what the entries are
  std::string reward;
  std::string termination;

  // Whether a state ends the episode, by its observation alone; agrees with Env::Step. `rows` x
  // obs_dim float32 row-major in, one 0 or 1 per row out. Thread-safe.
  void (*terminated)(absl::Span<const float> observations, absl::Span<uint8_t> out) = nullptr;
};

// Every registered task, ordered by id.
const std::vector<Task>& AllTasks();

// One task.   NOT_FOUND: the message names the nearest one and how to list them.
absl::StatusOr<const Task*> FindTask(absl::string_view id);

}  // namespace vagram

#endif  // CORE_ENV_TASK_H_
