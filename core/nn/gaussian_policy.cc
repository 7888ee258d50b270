#include "core/nn/gaussian_policy.h"

#include <ATen/ATen.h>

#include <utility>

#include "core/base/status_macros.h"
#include "core/nn/action_range.h"

namespace vagram {

absl::StatusOr<GaussianPolicy> GaussianPolicy::Create(const Options& options,
                                                      at::Tensor parameters) {
  AgentNetworks networks = options;
  networks.act_dim = static_cast<int>(options.act_low.size());
  ASSIGN_OR_RETURN(const ActionRange range, ActionRange::Create(options.act_low, options.act_high));
  if (!parameters.defined()) {
    return absl::InvalidArgumentError("the policy has no parameters: the tensor is undefined");
  }
  GaussianPolicy policy;
  ASSIGN_OR_RETURN(StackedMlp actor,
                   StackedMlp::Create(ActorShape(networks), parameters.detach().clone()));
  policy.center_ = range.center.to(actor.parameters().options());
  policy.half_range_ = range.half_range.to(actor.parameters().options());
  policy.actor_.push_back(std::move(actor));
  return policy;
}

at::Tensor GaussianPolicy::Mean(const at::Tensor& states) {
  const at::Tensor heads = actor_[0].Forward(states, workspace_)[0];
  return Squash(heads.narrow(1, 0, center_.size(0)));
}

at::Tensor GaussianPolicy::Sample(const at::Tensor& states, const at::Tensor& noise) {
  const int64_t act_dim = center_.size(0);
  const at::Tensor heads = actor_[0].Forward(states, workspace_)[0];
  const at::Tensor std = SquashLogStd(heads.narrow(1, act_dim, act_dim)).exp_();
  return Squash(at::addcmul(heads.narrow(1, 0, act_dim), std, noise));
}

at::Tensor GaussianPolicy::Squash(const at::Tensor& pre_tanh) const {
  return pre_tanh.tanh().mul_(half_range_).add_(center_);
}

}  // namespace vagram
