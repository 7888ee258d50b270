#ifndef CORE_NN_ACTIVATION_H_
#define CORE_NN_ACTIVATION_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vagram {

enum class Activation { kRelu, kSilu, kTanh };

// relu | silu | tanh.   INVALID_ARGUMENT: another name.
absl::StatusOr<Activation> ParseActivation(absl::string_view name);

}  // namespace vagram

#endif  // CORE_NN_ACTIVATION_H_
