#ifndef CORE_ENV_TASK_H_
#define CORE_ENV_TASK_H_

#include <cstdint>
#include <functional>
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

// Consecutive entries of an observation that mean the same kind of thing.
struct ObservationPart {
  int size = 0;
  std::string meaning;
  std::string unit;  // empty: a number without one
};

// What is known of a task without simulating it: sizes, bounds, and what an imagined state implies.
// Needs neither MuJoCo nor LibTorch, so that every role and the CLI can ask.
struct Task {
  std::string id;
  int obs_dim = 0;
  int act_dim = 0;
  std::vector<double> act_low;   // [act_dim]
  std::vector<double> act_high;  // [act_dim]
  int max_episode_steps = 0;     // default time limit
  double dt_seconds = 0;         // simulated time per step

  // For people. The parts' sizes add up to obs_dim.
  std::vector<ObservationPart> observation;
  std::string reward;
  std::string termination;

  // Whether a state ends the episode, by its observation [obs_dim] alone; agrees with Env::Step but
  // for what the observation rounds or hides, see the task's file. Thread-safe.
  std::function<bool(absl::Span<const float> observation)> terminated;

  // The reward of a step, by what is observed before and after it, to float32's precision. Empty
  // where the observation does not tell it. Thread-safe.
  std::function<double(absl::Span<const float> observation, absl::Span<const float> action,
                       absl::Span<const float> next_observation)>
      observed_reward;
};

// Task::terminated of every row: [rows, obs_dim] row-major in, a 0 or 1 per row out.
void JudgeTermination(const Task& task, absl::Span<const float> observations,
                      absl::Span<uint8_t> out);

// Every registered task, ordered by id.
const std::vector<Task>& AllTasks();

// One task.   NOT_FOUND: the message names the nearest one and how to list them.
absl::StatusOr<const Task*> FindTask(absl::string_view id);

}  // namespace vagram

#endif  // CORE_ENV_TASK_H_
