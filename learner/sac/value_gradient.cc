#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/nn/action_range.h"
#include "core/nn/device.h"
#include "core/nn/policy_action.h"
#include "learner/sac/sac.h"

namespace vagram {
namespace {

// Rows per pass: large enough for the matrix products to run at full speed, small enough for the
// activations of two critics to stay in the second-level cache.
constexpr int64_t kRowsPerChunk = 256;

}  // namespace

absl::StatusOr<ValueFunctions> ParseValueFunctions(absl::string_view name) {
  if (name == "all") return ValueFunctions::kAll;
  if (name == "critics") return ValueFunctions::kCritics;
  if (name == "targets") return ValueFunctions::kTargets;
  return absl::InvalidArgumentError(
      absl::StrCat("value functions are \"", name, "\", expected all, critics or targets"));
}

struct ValueGradientFunction::State {
  explicit State(StackedMlp actor) : actor(std::move(actor)) {}

  StackedMlp actor;
  std::vector<StackedMlp> critics;  // stacks of equal shape
  at::Tensor center, half_range;    // [act_dim]
  bool through_policy = false;
};

absl::StatusOr<ValueGradientFunction> ValueGradientFunction::Create(const SacOptions& options,
                                                                    const CriticSnapshot& snapshot,
                                                                    ValueFunctions which,
                                                                    bool through_policy) {
  RETURN_IF_ERROR(CheckSacOptions(options));
  ASSIGN_OR_RETURN(const at::Device device, ParseDevice(options.device));
  ASSIGN_OR_RETURN(const ActionRange range, ActionRange::Create(options.act_low, options.act_high));
  const auto on_device = [&](const at::Tensor& parameters) {
    return parameters.defined() ? parameters.to(device) : parameters;
  };
  ASSIGN_OR_RETURN(StackedMlp actor,
                   StackedMlp::Create(SacActorShape(options), on_device(snapshot.actor)));
  auto state = std::make_shared<State>(std::move(actor));
  const auto add = [&](const at::Tensor& parameters) -> absl::Status {
    ASSIGN_OR_RETURN(StackedMlp critics,
                     StackedMlp::Create(SacCriticShape(options), on_device(parameters)));
    state->critics.push_back(std::move(critics));
    return absl::OkStatus();
  };
  if (which != ValueFunctions::kTargets) RETURN_IF_ERROR(add(snapshot.critics));
  if (which != ValueFunctions::kCritics) RETURN_IF_ERROR(add(snapshot.targets));
  state->center = range.center.to(state->actor.parameters().options());
  state->half_range = range.half_range.to(state->actor.parameters().options());
  state->through_policy = through_policy;

  ValueGradientFunction function;
  function.state_ = std::move(state);
  return function;
}

int64_t ValueGradientFunction::num_value_functions() const {
  int64_t count = 0;
  for (const StackedMlp& stack : state_->critics) count += stack.shape().networks;
  return count;
}

at::Tensor ValueGradientFunction::operator()(const at::Tensor& states,
                                             const at::Tensor& action_noise) {
  at::AutoDispatchBelowADInplaceOrView no_autograd;
  const State& s = *state_;
  const int64_t obs_dim = s.actor.shape().inputs(), act_dim = s.center.size(0);
  CHECK(states.dim() == 2 && states.size(1) == obs_dim)
      << "states are " << states.sizes() << ", expected [rows, " << obs_dim << "]";
  const int64_t rows = states.size(0);
  const auto& like = s.actor.parameters().options();
  const at::Tensor gradients = at::empty({num_value_functions(), rows, obs_dim}, at::kFloat);

  // Workspaces of this call alone, so that calls may run side by side.
  PolicyAction policy(s.actor, s.center, s.half_range);
  MlpWorkspace critic_pass;
  for (int64_t first = 0; first < rows; first += kRowsPerChunk) {
    const int64_t chunk = std::min(kRowsPerChunk, rows - first);
    const at::Tensor chunk_states = states.narrow(0, first, chunk).to(like);
    const at::Tensor input = at::empty({chunk, obs_dim + act_dim}, like);
    input.narrow(1, 0, obs_dim).copy_(chunk_states);
    const at::Tensor noise =
        action_noise.defined() ? action_noise.narrow(0, first, chunk).to(like) : at::Tensor();
    input.narrow(1, obs_dim, act_dim).copy_(policy.Forward(chunk_states, noise));
    int64_t function = 0;
    for (const StackedMlp& critics : s.critics) {
      const int64_t networks = critics.shape().networks;
      critics.Forward(input, critic_pass);
      const at::Tensor& input_gradient =
          critics.Backward(at::ones({networks, chunk, 1}, like), critic_pass, at::Tensor(),
                           /*want_input_gradient=*/true);
      const at::Tensor out = gradients.narrow(0, function, networks).narrow(1, first, chunk);
      out.copy_(input_gradient.narrow(2, 0, obs_dim));
      for (int64_t j = 0; s.through_policy && j < networks; ++j) {
        const at::Tensor through_action = policy.StateGradient(
            input_gradient[j].narrow(1, obs_dim, act_dim), /*log_prob_gradient=*/0);
        out[j].add_(through_action.to(out.options()));
      }
      function += networks;
    }
  }
  return gradients;
}

}  // namespace vagram
