#include "core/env/simulated_env.h"

#include <cstring>

#include "core/base/status_macros.h"
#include "core/env/env_contract.h"

namespace vagram {

std::string SimulatedEnv::Pack(absl::Span<const double> values) const {
  return PackState(task(), absl::string_view(reinterpret_cast<const char*>(values.data()),
                                             values.size() * sizeof(double)));
}

absl::StatusOr<std::vector<double>> SimulatedEnv::Unpack(absl::string_view bytes,
                                                         size_t num_values) const {
  std::vector<double> values(num_values);
  ASSIGN_OR_RETURN(const absl::string_view state,
                   UnpackState(task(), bytes, num_values * sizeof(double)));
  std::memcpy(values.data(), state.data(), state.size());
  return values;
}

}  // namespace vagram
