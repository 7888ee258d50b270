#include "core/nn/activation.h"

#include "absl/strings/str_cat.h"

namespace vagram {

absl::StatusOr<Activation> ParseActivation(absl::string_view name) {
  if (name == "relu") return Activation::kRelu;
  if (name == "silu") return Activation::kSilu;
  if (name == "tanh") return Activation::kTanh;
  return absl::InvalidArgumentError(
      absl::StrCat("activation is \"", name, "\", expected relu, silu or tanh"));
}

}  // namespace vagram
