#include "learner/sac/soft_values.h"

#include <ATen/ATen.h>
#include <ATen/core/LegacyTypeDispatch.h>

#include <cstdint>

#include "core/base/status_macros.h"
#include "core/nn/tanh_gaussian.h"

namespace vagram {

absl::StatusOr<SoftValues> SoftValues::Create(const SacLosses::Networks& networks,
                                              const ActionRange& range) {
  ASSIGN_OR_RETURN(StackedMlp actor, StackedMlp::Create(networks.actor_shape, networks.actor));
  ASSIGN_OR_RETURN(StackedMlp targets, StackedMlp::Create(networks.critic_shape, networks.targets));
  SoftValues values(std::move(actor), std::move(targets));
  values.center_ = range.center.to(networks.actor.options());
  values.half_range_ = range.half_range.to(networks.actor.options());
  return values;
}

SoftValues::Draw SoftValues::Act(const at::Tensor& states, const at::Tensor& noise,
                                 const at::Tensor& temperature) {
  at::AutoDispatchBelowADInplaceOrView no_autograd;
  const TanhGaussianSample sample =
      SampleTanhGaussian(actor_.Forward(states, actor_pass_)[0], noise);
  Draw draw;
  draw.action = at::addcmul(center_, sample.action, half_range_);
  draw.entropy_bonus = sample.log_prob.unsqueeze(1).mul(temperature).neg_();
  return draw;
}

const at::Tensor& SoftValues::TargetValues(const at::Tensor& states, const at::Tensor& actions) {
  at::AutoDispatchBelowADInplaceOrView no_autograd;
  const int64_t rows = states.size(0), obs_dim = states.size(1), act_dim = actions.size(1);
  if (!input_.defined() || input_.size(0) != rows) {
    input_ = at::empty({rows, obs_dim + act_dim}, states.options());
  }
  input_.narrow(1, 0, obs_dim).copy_(states);
  input_.narrow(1, obs_dim, act_dim).copy_(actions);
  return targets_.Forward(input_, target_pass_);
}

at::Tensor SoftValues::Pessimistic(const at::Tensor& values, const at::Tensor& subset) {
  return (subset.defined() ? values.index_select(0, subset) : values).amin(0);
}

}  // namespace vagram
