#include "core/dynamics/losses/itervaml_soft.h"

#include <ATen/ATen.h>

#include "core/dynamics/value_functions.h"

namespace vagram {

at::Tensor IterVamlSoftLoss::SquaredValueError(const Prediction& prediction,
                                               const Target& target) const {
  // [S, K or 1, B, m], and states to match: [S, K or 1, B, n].
  const at::Tensor noise =
      target.action_noise.dim() == 3 ? target.action_noise.unsqueeze(1) : target.action_noise;
  const auto for_every_draw = [&](const at::Tensor& states) {
    return states.dim() == 4 ? states : states.expand({noise.size(0), -1, -1, -1});
  };
  const auto value = [&](const at::Tensor& states) {
    return target.value_functions->Soft(for_every_draw(states), noise).mean(1);  // [J, K, B]
  };
  const at::Tensor observed =
      target.next_state.dim() == 2 ? target.next_state.unsqueeze(0) : target.next_state;
  return (value(observed) - value(NextStateSamples(prediction, target))).square();
}

}  // namespace vagram
