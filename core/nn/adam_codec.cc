#include "core/nn/adam_codec.h"

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/nn/array_codec.h"

namespace vagram {

v1::AdamState EncodeAdam(const Adam& adam) {
  v1::AdamState state;
  *state.mutable_first_moment() = ArrayFromTensor(adam.first_moment());
  *state.mutable_second_moment() = ArrayFromTensor(adam.second_moment());
  state.set_steps(adam.steps());
  return state;
}

absl::Status DecodeAdam(const v1::AdamState& state, absl::string_view what, Adam* adam) {
  const int64_t size = adam->first_moment().numel();
  ASSIGN_OR_RETURN(const at::Tensor first,
                   TensorFromArray(state.first_moment(), v1::FLOAT32, {size},
                                   absl::StrCat("the first moment of ", what)));
  ASSIGN_OR_RETURN(const at::Tensor second,
                   TensorFromArray(state.second_moment(), v1::FLOAT32, {size},
                                   absl::StrCat("the second moment of ", what)));
  if (state.steps() < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("the optimizer of ", what, " has made ", state.steps(), " steps"));
  }
  adam->Restore(first, second, state.steps());
  return absl::OkStatus();
}

}  // namespace vagram
