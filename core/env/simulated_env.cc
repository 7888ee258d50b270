#include "core/env/simulated_env.h"

#include <cmath>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace vagram {

absl::Status SimulatedEnv::CheckAction(absl::Span<const double> action) const {
  if (static_cast<int>(action.size()) != task().act_dim) {
    return absl::InvalidArgumentError(absl::StrCat("action has ", action.size(), " values, ",
                                                   task().id, " wants ", task().act_dim,
                                                   "; check that policy and task belong together"));
  }
  for (size_t i = 0; i < action.size(); ++i) {
    if (!std::isfinite(action[i])) {
      return absl::InvalidArgumentError(
          absl::StrCat("action of ", task().id, " holds ", action[i], " at position ", i,
                       "; check the policy's parameters for values that are not finite"));
    }
  }
  return absl::OkStatus();
}

std::string SimulatedEnv::Pack(absl::Span<const double> values) const {
  std::string bytes = task().id;
  bytes.push_back('\0');
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
  return bytes;
}

absl::StatusOr<std::vector<double>> SimulatedEnv::Unpack(absl::string_view bytes,
                                                         size_t num_values) const {
  const size_t header_size = task().id.size() + 1;
  if (!absl::StartsWith(bytes, absl::string_view(task().id.c_str(), header_size))) {
    return absl::InvalidArgumentError(absl::StrCat("simulation state is not one of ", task().id,
                                                   "; restore it into the task that saved it"));
  }
  bytes.remove_prefix(header_size);
  if (bytes.size() != num_values * sizeof(double)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "simulation state of ", task().id, " has ", bytes.size(), " bytes, expected ",
        num_values * sizeof(double), "; it was cut short or saved by another version"));
  }
  std::vector<double> values(num_values);
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace vagram
