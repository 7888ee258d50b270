#ifndef CORE_NN_ADAM_CODEC_H_
#define CORE_NN_ADAM_CODEC_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/nn/adam.h"
#include "proto/checkpoint.pb.h"

namespace vagram {

// An optimizer in a checkpoint: both moments and the number of steps.
v1::AdamState EncodeAdam(const Adam& adam);

// Gives `adam`, made for the same parameters, the moments and steps of the one that was encoded.
//   INVALID_ARGUMENT: another size, which `what` names; nothing is changed.
absl::Status DecodeAdam(const v1::AdamState& state, absl::string_view what, Adam* adam);

}  // namespace vagram

#endif  // CORE_NN_ADAM_CODEC_H_
