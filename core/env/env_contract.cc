#include "core/env/env_contract.h"

#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace vagram {

absl::Status CheckAction(const Task& task, absl::Span<const double> action) {
  if (static_cast<int>(action.size()) != task.act_dim) {
    return absl::InvalidArgumentError(absl::StrCat("action has ", action.size(), " values, ",
                                                   task.id, " wants ", task.act_dim,
                                                   "; check that policy and task belong together"));
  }
  for (size_t i = 0; i < action.size(); ++i) {
    if (!std::isfinite(action[i])) {
      return absl::InvalidArgumentError(
          absl::StrCat("action of ", task.id, " holds ", action[i], " at position ", i,
                       "; check the policy's parameters for values that are not finite"));
    }
  }
  return absl::OkStatus();
}

std::string PackState(const Task& task, absl::string_view state) {
  std::string bytes = task.id;
  bytes.push_back('\0');
  bytes.append(state.data(), state.size());
  return bytes;
}

absl::StatusOr<absl::string_view> UnpackState(const Task& task, absl::string_view bytes,
                                              size_t state_size) {
  const size_t header_size = task.id.size() + 1;
  if (!absl::StartsWith(bytes, absl::string_view(task.id.c_str(), header_size))) {
    return absl::InvalidArgumentError(absl::StrCat("simulation state is not one of ", task.id,
                                                   "; restore it into the task that saved it"));
  }
  bytes.remove_prefix(header_size);
  if (bytes.size() != state_size) {
    return absl::InvalidArgumentError(
        absl::StrCat("simulation state of ", task.id, " has ", bytes.size(), " bytes, expected ",
                     state_size, "; it was cut short or saved by another version"));
  }
  return bytes;
}

}  // namespace vagram
