#include "learner/sac/losses.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/empty.h>

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/nn/tanh_gaussian.h"

namespace vagram {
namespace {

void EnsureSizes(at::Tensor& tensor, at::IntArrayRef sizes, const at::Tensor& like) {
  if (!tensor.defined() || tensor.sizes() != sizes) tensor = at::empty(sizes, like.options());
}

}  // namespace

absl::StatusOr<SacLosses> SacLosses::Create(const Networks& networks, const ActionRange& range,
                                            double discount) {
  const int64_t act_dim = range.center.size(0);
  const MlpShape& actor_shape = networks.actor_shape;
  const MlpShape& critic_shape = networks.critic_shape;
  ASSIGN_OR_RETURN(StackedMlp actor, StackedMlp::Create(actor_shape, networks.actor));
  ASSIGN_OR_RETURN(StackedMlp critics, StackedMlp::Create(critic_shape, networks.critics));
  ASSIGN_OR_RETURN(StackedMlp targets, StackedMlp::Create(critic_shape, networks.targets));
  if (actor_shape.networks != 1 || actor_shape.outputs() != 2 * act_dim ||
      critic_shape.networks < 2 || critic_shape.outputs() != 1 ||
      critic_shape.inputs() != actor_shape.inputs() + act_dim) {
    return absl::InvalidArgumentError(absl::StrCat(
        "SAC with ", act_dim, " actions: expected 1 actor with ", 2 * act_dim,
        " outputs and at least 2 critics from ", actor_shape.inputs() + act_dim,
        " inputs to 1, got ", actor_shape.networks, " with ", actor_shape.outputs(), " and ",
        critic_shape.networks, " from ", critic_shape.inputs(), " to ", critic_shape.outputs()));
  }
  SacLosses losses(std::move(actor), std::move(critics), std::move(targets));
  losses.center_ = range.center.to(networks.actor.options());
  losses.half_range_ = range.half_range.to(networks.actor.options());
  losses.discount_ = discount;
  return losses;
}

const at::Tensor& SacLosses::CriticInput(const at::Tensor& state, const at::Tensor& unit_action) {
  const int64_t obs_dim = state.size(1), act_dim = unit_action.size(1);
  EnsureSizes(critic_input_, {state.size(0), obs_dim + act_dim}, state);
  critic_input_.narrow(1, 0, obs_dim).copy_(state);
  critic_input_.narrow(1, obs_dim, act_dim).copy_(center_).addcmul_(unit_action, half_range_);
  return critic_input_;
}

at::Tensor SacLosses::CriticTarget(const SacBatch& batch, const at::Tensor& noise,
                                   const at::Tensor& temperature, const at::Tensor& subset) {
  at::AutoDispatchBelowADInplaceOrView no_autograd;
  const TanhGaussianSample next =
      SampleTanhGaussian(actor_.Forward(batch.next_state, actor_pass_)[0], noise);
  const at::Tensor& q = targets_.Forward(CriticInput(batch.next_state, next.action), critic_pass_);
  const at::Tensor continues = batch.terminated.mul(-discount_).add_(discount_);
  return (subset.defined() ? q.index_select(0, subset) : q)
      .amin(0)
      .sub_(next.log_prob.unsqueeze(1).mul(temperature))
      .mul_(continues)
      .add_(batch.reward);
}

SacLosses::CriticResult SacLosses::CriticGradient(const SacBatch& batch, const at::Tensor& target,
                                                  const at::Tensor& critic_gradient,
                                                  const at::Tensor& weight) {
  at::AutoDispatchBelowADInplaceOrView no_autograd;
  const int64_t rows = batch.state.size(0), obs_dim = batch.state.size(1);
  const int64_t act_dim = batch.action.size(1);
  const bool weighted = weight.defined();
  MlpWorkspace& pass = weighted ? weighted_pass_ : critic_pass_;
  at::Tensor& input = weighted ? weighted_input_ : critic_input_;
  EnsureSizes(input, {rows, obs_dim + act_dim}, batch.state);
  input.narrow(1, 0, obs_dim).copy_(batch.state);
  input.narrow(1, obs_dim, act_dim).copy_(batch.action);
  const at::Tensor& q = critics_.Forward(input, pass);
  const at::Tensor error = q.sub(target);  // [critics, batch, 1]
  CriticResult result;
  if (weighted) {
    result.q_mean = q.mul(weight).sum().div_(static_cast<double>(q.size(0)));
    result.loss = error.square().mul_(weight).sum();
    critics_.Backward(error.mul(weight).mul_(2), pass, critic_gradient,
                      /*want_input_gradient=*/false);
    return result;
  }
  result.q_mean = q.mean();
  result.loss = error.square().sum().div_(static_cast<double>(rows));
  critics_.Backward(error.mul(2.0 / static_cast<double>(rows)), pass, critic_gradient,
                    /*want_input_gradient=*/false);
  return result;
}

const at::Tensor& SacLosses::ActorOutputGradient(const at::Tensor& q) {
  EnsureSizes(output_gradient_, q.sizes(), q);
  const double rows = static_cast<double>(q.size(1));
  if (q.size(0) == 2) {
    // Only the smaller of the two critics passes a gradient: -1/batch.
    const at::Tensor second_is_smaller = q[1].lt(q[0]);
    output_gradient_[1].copy_(second_is_smaller).div_(-rows);
    output_gradient_[0].fill_(-1.0 / rows).sub_(output_gradient_[1]);
  } else {
    output_gradient_.fill_(-1.0 / (rows * static_cast<double>(q.size(0))));
  }
  return output_gradient_;
}

SacLosses::ActorResult SacLosses::ActorGradient(const at::Tensor& state, const at::Tensor& noise,
                                                const at::Tensor& temperature,
                                                const at::Tensor& actor_gradient) {
  at::AutoDispatchBelowADInplaceOrView no_autograd;
  const int64_t rows = state.size(0), obs_dim = state.size(1), act_dim = noise.size(1);
  const TanhGaussianSample sample =
      SampleTanhGaussian(actor_.Forward(state, actor_pass_)[0], noise);
  const at::Tensor& q = critics_.Forward(CriticInput(state, sample.action), critic_pass_);

  ActorResult result;
  result.entropy = sample.log_prob.mean().neg_();
  const at::Tensor value = q.size(0) == 2 ? q.amin(0).mean() : q.mean();
  result.loss = result.entropy.mul(temperature[0]).add_(value).neg_();

  const at::Tensor& input_gradient = critics_.Backward(ActorOutputGradient(q), critic_pass_,
                                                       at::Tensor(), /*want_input_gradient=*/true);
  const at::Tensor action_gradient =
      input_gradient.narrow(2, obs_dim, act_dim).sum(0).mul_(half_range_);

  EnsureSizes(heads_gradient_, {1, rows, 2 * act_dim}, q);
  TanhGaussianGradient(sample, action_gradient, temperature.div(static_cast<double>(rows)),
                       heads_gradient_[0]);
  actor_.Backward(heads_gradient_, actor_pass_, actor_gradient, /*want_input_gradient=*/false);
  return result;
}

}  // namespace vagram
