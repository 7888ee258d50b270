#ifndef CORE_ENV_SIMULATED_ENV_H_
#define CORE_ENV_SIMULATED_ENV_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/env/env.h"
#include "core/env/mujoco_task.h"

namespace vagram {

// A state of a simulation as its equations of motion see it.
struct PhysicsState {
  std::vector<double> qpos;  // [nq]
  std::vector<double> qvel;  // [nv]

  // The constraint solver's start. Empty: the state is a fresh start, and the engine works out
  // everything else as it does after a reset.
  std::vector<double> warm_start;  // [nv]

  // The rewarded position, which lags behind qpos. Unset: taken from qpos.
  std::optional<Landmark> landmark;
};

// An environment whose state can be set and read, for comparison against reference trajectories and
// for tests; also the parts that all our simulations share. Thread-safety as Env.
class SimulatedEnv : public Env {
 public:
  // Puts the simulation into `state`.
  //   INVALID_ARGUMENT: sizes that are not the task's; the present state is unchanged.
  virtual absl::Status SetState(const PhysicsState& state) = 0;
  virtual PhysicsState State() const = 0;

  const SimulatedEnv* Simulation() const final { return this; }

 protected:
  // The bytes of Env::Save for a state that is all numbers, as the machine holds them.
  std::string Pack(absl::Span<const double> values) const;

  // The values back.   INVALID_ARGUMENT: another task's, or not `num_values` of them.
  absl::StatusOr<std::vector<double>> Unpack(absl::string_view bytes, size_t num_values) const;
};

}  // namespace vagram

#endif  // CORE_ENV_SIMULATED_ENV_H_
