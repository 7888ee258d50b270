#ifndef CORE_ENV_ENV_H_
#define CORE_ENV_ENV_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/env/task.h"

namespace vagram {

class SimulatedEnv;

// One copy of a task's simulation, stepped one control interval at a time in float64.
// Not thread-safe: one owner, one thread at a time.
//
//   auto env = *MakeEnv("Hopper-v4");
//   env->Reset(rng);
//   env->Observe(absl::MakeSpan(observation));       // [obs_dim]
//   auto outcome = env->Step(action);                // [act_dim]
class Env {
 public:
  virtual ~Env() = default;

  virtual const Task& task() const = 0;

  // Begins an episode from the task's start distribution.
  virtual void Reset(Rng& rng) = 0;

  // Applies `action` [act_dim] for one control interval.
  //   INVALID_ARGUMENT: wrong size or a component that is not finite; the state is unchanged.
  virtual absl::StatusOr<StepOutcome> Step(absl::Span<const double> action) = 0;

  // Writes the observation [obs_dim] of the present state.
  virtual void Observe(absl::Span<double> observation) const = 0;

  // The whole simulation state as bytes, and back: the restored copy continues bit for bit, in
  // this process or another.   INVALID_ARGUMENT: bytes of another task or a wrong size; the state
  // is unchanged.
  virtual std::string Save() const = 0;
  virtual absl::Status Restore(absl::string_view bytes) = 0;

  // The simulation whose state can be seen, under whatever wraps it, so that it can be drawn; null
  // where there is none, as in a plug-in. Valid as long as this object.
  virtual const SimulatedEnv* Simulation() const { return nullptr; }
};

// A new copy of a registered task.   NOT_FOUND: names the nearest task.
absl::StatusOr<std::unique_ptr<Env>> MakeEnv(absl::string_view task_id);

}  // namespace vagram

#endif  // CORE_ENV_ENV_H_
