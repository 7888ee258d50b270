#include "core/env/classic_env.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/env/env_contract.h"

namespace vagram {

ClassicEnv::ClassicEnv(const ClassicTask& task) : task_(task) {
  state_.qpos.resize(task.num_coordinates);
  state_.qvel.resize(task.num_coordinates);
}

void ClassicEnv::Reset(Rng& rng) {
  task_.draw_start(rng, absl::MakeSpan(state_.qpos), absl::MakeSpan(state_.qvel));
}

absl::StatusOr<StepOutcome> ClassicEnv::Step(absl::Span<const double> action) {
  RETURN_IF_ERROR(CheckAction(task(), action));
  return task_.step(action, absl::MakeSpan(state_.qpos), absl::MakeSpan(state_.qvel));
}

void ClassicEnv::Observe(absl::Span<double> observation) const {
  task_.observe(state_.qpos, state_.qvel, observation);
}

std::string ClassicEnv::Save() const {
  std::vector<double> values = state_.qpos;
  values.insert(values.end(), state_.qvel.begin(), state_.qvel.end());
  return Pack(values);
}

absl::Status ClassicEnv::Restore(absl::string_view bytes) {
  const size_t n = task_.num_coordinates;
  ASSIGN_OR_RETURN(const std::vector<double> values, Unpack(bytes, 2 * n));
  state_.qpos.assign(values.begin(), values.begin() + n);
  state_.qvel.assign(values.begin() + n, values.end());
  return absl::OkStatus();
}

absl::Status ClassicEnv::SetState(const PhysicsState& state) {
  if (state.qpos.size() != state_.qpos.size() || state.qvel.size() != state_.qvel.size() ||
      !state.warm_start.empty() || state.landmark.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "state has ", state.qpos.size(), " positions, ", state.qvel.size(), " velocities and ",
        state.warm_start.size(), " warm-start values, ", task().id, " wants ", state_.qpos.size(),
        ", ", state_.qvel.size(), " and none of the engine's fields"));
  }
  state_ = state;
  return absl::OkStatus();
}

PhysicsState ClassicEnv::State() const { return state_; }

}  // namespace vagram
