#ifndef CORE_BASE_DIVERGENCE_H_
#define CORE_BASE_DIVERGENCE_H_

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"

namespace vagram {

// Training left the finite numbers. From the same seed it will again, so the trial that meets this
// error ends with it instead of being started anew. INTERNAL, and marked; the mark survives RPC.
inline constexpr absl::string_view kDivergedMark = "type.vagram/Diverged";

inline absl::Status DivergedError(absl::string_view message) {
  absl::Status status = absl::InternalError(message);
  status.SetPayload(kDivergedMark, absl::Cord());
  return status;
}

inline bool IsDiverged(const absl::Status& status) {
  return status.GetPayload(kDivergedMark).has_value();
}

}  // namespace vagram

#endif  // CORE_BASE_DIVERGENCE_H_
