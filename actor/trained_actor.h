#ifndef ACTOR_TRAINED_ACTOR_H_
#define ACTOR_TRAINED_ACTOR_H_

#include <ATen/core/Tensor.h>

#include "absl/status/statusor.h"
#include "core/env/task.h"
#include "core/nn/gaussian_policy.h"
#include "proto/policy.pb.h"

namespace vagram {

// What a policy's file says of its network: GaussianPolicy::Create takes both.
struct TrainedActor {
  GaussianPolicy::Options options;  // act_dim included
  at::Tensor parameters;            // float32, flat
};

//   FAILED_PRECONDITION: trained on another task.   INVALID_ARGUMENT: a configuration or parameters
//   that cannot be.
absl::StatusOr<TrainedActor> ReadActor(const v1::PolicyFile& file, const Task& task);

}  // namespace vagram

#endif  // ACTOR_TRAINED_ACTOR_H_
