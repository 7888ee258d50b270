#include "core/dynamics/value_functions.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/nn/policy_action.h"

namespace vagram {

StateValueFunctions::StateValueFunctions(StackedMlp actor, std::vector<StackedMlp> critics,
                                         at::Tensor center, at::Tensor half_range,
                                         int64_t critic_version, const StateValueOptions& options)
    : actor_(std::move(actor)),
      critics_(std::move(critics)),
      center_(std::move(center)),
      half_range_(std::move(half_range)),
      critic_version_(critic_version),
      options_(options) {}

absl::StatusOr<StateValueFunctions> StateValueFunctions::Create(StackedMlp actor,
                                                                std::vector<StackedMlp> critics,
                                                                const ActionRange& actions,
                                                                int64_t critic_version,
                                                                const StateValueOptions& options) {
  if (critics.empty()) return absl::InvalidArgumentError("value functions without critics");
  const int64_t obs_dim = actor.shape().inputs(), act_dim = actions.center.size(0);
  if (actor.shape().networks != 1 || actor.shape().outputs() < act_dim) {
    return absl::InvalidArgumentError(
        absl::StrCat("value functions: the actor is expected to be one network with at least ",
                     act_dim, " outputs, one per action, got ", actor.shape().networks, " with ",
                     actor.shape().outputs()));
  }
  for (const StackedMlp& stack : critics) {
    if (stack.shape().inputs() != obs_dim + act_dim || stack.shape().outputs() != 1 ||
        stack.parameters().dtype() != actor.parameters().dtype()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "value functions: critics are expected to take ", obs_dim, " observations and ", act_dim,
          " actions to one value, of the actor's element type ",
          c10::toString(actor.parameters().scalar_type()), ", got ", stack.shape().inputs(),
          " inputs and ", stack.shape().outputs(), " outputs of ",
          c10::toString(stack.parameters().scalar_type())));
    }
  }
  const at::TensorOptions like = actor.parameters().options();
  at::Tensor center = actions.center.to(like), half_range = actions.half_range.to(like);
  return StateValueFunctions(std::move(actor), std::move(critics), std::move(center),
                             std::move(half_range), critic_version, options);
}

int64_t StateValueFunctions::num_value_functions() const {
  int64_t count = 0;
  for (const StackedMlp& stack : critics_) count += stack.shape().networks;
  return count;
}

StateValueFunctions StateValueFunctions::InUnitsOf(const at::Tensor& units) const {
  StateValueFunctions scaled = *this;
  const at::Tensor own = units.to(center_.options());
  scaled.units_ = units_.defined() ? units_ * own : own;
  return scaled;
}

at::Tensor StateValueFunctions::operator()(const at::Tensor& states,
                                           const at::Tensor& action_noise) const {
  return Evaluate(states, action_noise, /*temperature=*/0);
}

at::Tensor StateValueFunctions::Soft(const at::Tensor& states,
                                     const at::Tensor& action_noise) const {
  CHECK(action_noise.defined()) << "soft values are those of sampled actions";
  return Evaluate(states, action_noise, options_.temperature);
}

at::Tensor StateValueFunctions::Evaluate(const at::Tensor& measured, const at::Tensor& action_noise,
                                         double temperature) const {
  const at::Tensor states = units_.defined() ? measured * units_ : measured;
  const int64_t obs_dim = actor_.shape().inputs(), act_dim = center_.size(0);
  CHECK(states.dim() > 0 && states.size(-1) == obs_dim)
      << "states are " << states.sizes() << ", expected [..., " << obs_dim << "]";
  const bool want_gradient = states.requires_grad() && at::GradMode::is_enabled();
  std::vector<int64_t> sizes = states.sizes().vec();
  const at::Tensor rows = states.reshape({-1, obs_dim});

  // Workspaces of this call alone, so that calls may run side by side.
  std::vector<at::Tensor> values, gradients;
  {
    at::NoGradGuard no_gradient;
    const at::Tensor fixed = rows.detach();
    at::Tensor noise;
    if (action_noise.defined()) {
      sizes.back() = act_dim;
      noise = action_noise.expand(sizes).reshape({-1, act_dim});
    }
    PolicyAction policy(actor_, center_, half_range_);
    const at::Tensor input = at::cat({fixed, policy.Forward(fixed, noise)}, 1);
    for (const StackedMlp& stack : critics_) {
      MlpWorkspace pass;
      values.push_back(stack.Forward(input, pass).squeeze(2).clone());
      if (!want_gradient) continue;
      const at::Tensor input_gradient =
          stack.Backward(at::ones_like(values.back()).unsqueeze(2), pass, at::Tensor(),
                         /*want_input_gradient=*/true);
      gradients.push_back(input_gradient.narrow(2, 0, obs_dim).clone());
      if (!options_.through_policy) continue;
      for (int64_t j = 0; j < stack.shape().networks; ++j) {
        gradients.back()[j].add_(policy.StateGradient(input_gradient[j].narrow(1, obs_dim, act_dim),
                                                      /*log_prob_gradient=*/-temperature));
      }
    }
    if (temperature != 0) {
      for (at::Tensor& value : values) value.sub_(policy.log_prob() * temperature);
    }
  }
  at::Tensor value = at::cat(values);  // [J, rows]
  // The networks build no autograd graph. This adds zero, with the gradient that was computed.
  if (want_gradient) value = value + (at::cat(gradients) * (rows - rows.detach())).sum(-1);

  sizes.pop_back();
  sizes.insert(sizes.begin(), value.size(0));
  return value.view(sizes);
}

at::Tensor ValuesAt(const StateValueFunctions& values, const at::Tensor& states,
                    const at::Tensor& action_noise) {
  constexpr int64_t kRowsPerPass = 1024;
  std::vector<at::Tensor> parts;
  for (int64_t begin = 0; begin < states.size(0); begin += kRowsPerPass) {
    const int64_t size = std::min(kRowsPerPass, states.size(0) - begin);
    const at::Tensor noise =
        action_noise.defined() ? action_noise.narrow(0, begin, size) : action_noise;
    parts.push_back(values(states.narrow(0, begin, size), noise));
  }
  return at::cat(parts, 1);
}

}  // namespace vagram
