#ifndef ACTOR_CLIP_ACTOR_H_
#define ACTOR_CLIP_ACTOR_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "core/env/task.h"
#include "core/render/clip.h"
#include "proto/policy.pb.h"

namespace vagram {

// Actions uniform in the task's box.
Actor RandomActor(const Task& task, uint64_t seed);

// The policy's mean, as in an evaluation.
//   FAILED_PRECONDITION: trained on another task.   INVALID_ARGUMENT: its parameters do not fit
//   the network that its configuration describes.
absl::StatusOr<Actor> PolicyActor(const v1::PolicyFile& file, const Task& task);

}  // namespace vagram

#endif  // ACTOR_CLIP_ACTOR_H_
