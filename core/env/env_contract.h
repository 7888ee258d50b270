#ifndef CORE_ENV_ENV_CONTRACT_H_
#define CORE_ENV_ENV_CONTRACT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/env/task.h"

namespace vagram {

// The parts of Env's contract that are the same for every simulation.

// Env::Step's check of the action.
//   INVALID_ARGUMENT: not [act_dim] values, or one that is not finite; names it.
absl::Status CheckAction(const Task& task, absl::Span<const double> action);

// The bytes of Env::Save: the task's id, a zero byte, and the state as the simulation holds it.
std::string PackState(const Task& task, absl::string_view state);

// The state back, a part of `bytes`.
//   INVALID_ARGUMENT: another task's, or not `state_size` bytes of state.
absl::StatusOr<absl::string_view> UnpackState(const Task& task, absl::string_view bytes,
                                              size_t state_size);

}  // namespace vagram

#endif  // CORE_ENV_ENV_CONTRACT_H_
