#include "core/dynamics/model_loss.h"

#include <ATen/ATen.h>

#include <vector>

namespace vagram {
namespace {

// Member k of [K, B, ...]; what has no dimension of members is the same for all.
at::Tensor OfMember(const at::Tensor& tensor, int64_t dimensions_with_members, int64_t member) {
  if (!tensor.defined() || tensor.dim() < dimensions_with_members) return tensor;
  return tensor.narrow(dimensions_with_members - 3, member, 1);
}

}  // namespace

at::Tensor ModelLoss::HoldoutScore(const Prediction& prediction, const Target& target) const {
  std::vector<at::Tensor> scores;
  for (int64_t k = 0; k < prediction.next_state.size(0); ++k) {
    const Prediction one_prediction = {OfMember(prediction.next_state, 3, k),
                                       OfMember(prediction.reward, 3, k),
                                       OfMember(prediction.log_variance, 3, k)};
    Target one_target = target;
    one_target.state = OfMember(target.state, 3, k);
    one_target.action = OfMember(target.action, 3, k);
    one_target.next_state = OfMember(target.next_state, 3, k);
    one_target.reward = OfMember(target.reward, 3, k);
    one_target.value_gradients = OfMember(target.value_gradients, 4, k);
    one_target.value_weights = OfMember(target.value_weights, 3, k);
    one_target.noise = OfMember(target.noise, 4, k);
    one_target.action_noise = OfMember(target.action_noise, 4, k);
    const Value value = Compute(one_prediction, one_target);
    scores.push_back(value.state + value.reward);
  }
  return at::stack(scores);
}

at::Tensor SquaredError(const at::Tensor& predicted, const at::Tensor& observed) {
  return (predicted - observed).square().sum(-1).mean();
}

}  // namespace vagram
