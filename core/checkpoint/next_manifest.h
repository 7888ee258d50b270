#ifndef CORE_CHECKPOINT_NEXT_MANIFEST_H_
#define CORE_CHECKPOINT_NEXT_MANIFEST_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/manifest.h"

namespace vagram {

// The manifest of the checkpoint that `input` makes on top of `base` (id -1: on top of nothing):
// all parts are new, a log keeps the segments that still have wanted rows and gains the new ones.
//   INVALID_ARGUMENT: `input` does not follow `base`, or breaks a limit of the format.
absl::StatusOr<Manifest> NextManifest(const Manifest& base, int64_t number,
                                      const CheckpointInput& input);

}  // namespace vagram

#endif  // CORE_CHECKPOINT_NEXT_MANIFEST_H_
