#include "core/dynamics/value_functions.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"

namespace vagram {

StateValueFunctions::StateValueFunctions(StackedMlp actor, std::vector<StackedMlp> critics,
                                         at::Tensor center, at::Tensor half_range,
                                         int64_t critic_version)
    : actor_(std::move(actor)),
      critics_(std::move(critics)),
      center_(std::move(center)),
      half_range_(std::move(half_range)),
      critic_version_(critic_version) {}

absl::StatusOr<StateValueFunctions> StateValueFunctions::Create(StackedMlp actor,
                                                                std::vector<StackedMlp> critics,
                                                                const ActionRange& actions,
                                                                int64_t critic_version) {
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
                             std::move(half_range), critic_version);
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

at::Tensor StateValueFunctions::operator()(const at::Tensor& measured) const {
  const at::Tensor states = units_.defined() ? measured * units_ : measured;
  const int64_t obs_dim = actor_.shape().inputs(), act_dim = center_.size(0);
  CHECK(states.dim() > 0 && states.size(-1) == obs_dim)
      << "states are " << states.sizes() << ", expected [..., " << obs_dim << "]";
  const bool want_gradient = states.requires_grad() && at::GradMode::is_enabled();
  const at::Tensor rows = states.reshape({-1, obs_dim});

  // Workspaces of this call alone, so that calls may run side by side.
  std::vector<at::Tensor> values, gradients;
  {
    at::NoGradGuard no_gradient;
    const at::Tensor fixed = rows.detach();
    MlpWorkspace actor_pass;
    const at::Tensor means = actor_.Forward(fixed, actor_pass)[0].narrow(1, 0, act_dim);
    const at::Tensor input = at::cat({fixed, means.tanh() * half_range_ + center_}, 1);
    for (const StackedMlp& stack : critics_) {
      MlpWorkspace pass;
      values.push_back(stack.Forward(input, pass).squeeze(2).clone());
      if (!want_gradient) continue;
      gradients.push_back(stack
                              .Backward(at::ones_like(values.back()).unsqueeze(2), pass,
                                        at::Tensor(), /*want_input_gradient=*/true)
                              .narrow(2, 0, obs_dim)
                              .clone());
    }
  }
  at::Tensor value = at::cat(values);  // [J, rows]
  // The networks build no autograd graph. This adds zero, with the gradient that was computed.
  if (want_gradient) value = value + (at::cat(gradients) * (rows - rows.detach())).sum(-1);

  std::vector<int64_t> sizes = states.sizes().vec();
  sizes.pop_back();
  sizes.insert(sizes.begin(), value.size(0));
  return value.view(sizes);
}

}  // namespace vagram
