#include "core/dynamics/elite_steps.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <utility>

#include "absl/types/span.h"
#include "core/base/status_macros.h"

namespace vagram {
namespace {

at::Tensor Indices(const std::vector<int64_t>& indices, int64_t count, const at::Device& device) {
  return at::from_blob(const_cast<int64_t*>(indices.data()), {count}, at::kLong).to(device);
}

// [..., width] as dense rows on the host.
at::Tensor HostRows(const at::Tensor& values) {
  return values.reshape({-1, values.size(-1)}).to(at::kCPU).contiguous();
}

absl::Span<const float> Row(const at::Tensor& rows, int64_t row) {
  const int64_t width = rows.size(1);
  return {rows.data_ptr<float>() + row * width, static_cast<size_t>(width)};
}

}  // namespace

EliteSteps::EliteSteps(const Ensemble& ensemble, const Task* task, bool observed_reward,
                       const at::Device& device, uint64_t seed)
    : task_(*task),
      observed_reward_(observed_reward),
      device_(device),
      elites_(ensemble.CopyMembers(ensemble.elites(), device)),
      choice_rng_(DeriveSeed(seed, "elite")),
      noise_rng_(DeriveSeed(seed, "model noise")) {}

at::Tensor EliteSteps::Noise(int64_t rows) {
  if (!elites_->options().probabilistic) return at::Tensor();
  at::Tensor noise = at::empty({rows, task_.obs_dim + 1}, at::kFloat);
  noise_rng_.FillNormal(absl::MakeSpan(noise.data_ptr<float>(), noise.numel()));
  return noise.to(device_);
}

void EliteSteps::AddNoise(const at::Tensor& noise, Prediction* prediction) const {
  if (!noise.defined()) return;
  const at::Tensor drawn = (prediction->log_variance * 0.5).exp_().mul_(noise);
  prediction->next_state.add_(drawn.narrow(-1, 0, task_.obs_dim));
  prediction->reward.add_(drawn.narrow(-1, task_.obs_dim, 1));
}

EliteSteps::Outcome EliteSteps::OfOne(const at::Tensor& states, const at::Tensor& actions) {
  at::NoGradGuard no_gradient;
  const int64_t rows = states.size(0), elites = num_elites();
  const int64_t per_elite = (rows + elites - 1) / elites;
  // A permutation of the stack's slots, of which the first `rows` are the rows' own. What is left
  // over repeats row 0 and is not read.
  slots_.resize(elites * per_elite);
  choice_rng_.FillPermutation(absl::MakeSpan(slots_));
  rows_.assign(slots_.size(), 0);
  for (int64_t row = 0; row < rows; ++row) rows_[slots_[row]] = row;

  const at::Tensor from = Indices(rows_, elites * per_elite, device_);
  const at::Tensor to = Indices(slots_, rows, device_);
  Prediction prediction =
      elites_->Predict(states.index_select(0, from).view({elites, per_elite, task_.obs_dim}),
                       actions.index_select(0, from).view({elites, per_elite, task_.act_dim}));
  const at::Tensor noise = Noise(elites * per_elite);
  AddNoise(noise.defined() ? noise.view({elites, per_elite, -1}) : noise, &prediction);
  return Judge(states, actions,
               prediction.next_state.reshape({-1, task_.obs_dim}).index_select(0, to),
               prediction.reward.reshape({-1, 1}).index_select(0, to));
}

EliteSteps::Outcome EliteSteps::OfEach(const at::Tensor& states, const at::Tensor& actions) {
  at::NoGradGuard no_gradient;
  Prediction prediction = elites_->Predict(states, actions);
  AddNoise(Noise(states.size(-2)), &prediction);
  const auto of_each = [&](const at::Tensor& values) {
    return values.dim() == 3 ? values : values.unsqueeze(0).expand({num_elites(), -1, -1});
  };
  return Judge(of_each(states), of_each(actions), std::move(prediction.next_state),
               std::move(prediction.reward));
}

at::Tensor EliteSteps::ObservedReward(const at::Tensor& states, const at::Tensor& actions,
                                      const at::Tensor& next_states) const {
  const at::Tensor from = HostRows(states), taken = HostRows(actions), next = HostRows(next_states);
  at::Tensor paid = at::empty({next.size(0), 1}, at::kFloat);
  float* const reward = paid.data_ptr<float>();
  for (int64_t row = 0; row < next.size(0); ++row) {
    reward[row] =
        static_cast<float>(task_.observed_reward(Row(from, row), Row(taken, row), Row(next, row)));
  }
  return paid.to(device_);
}

EliteSteps::Outcome EliteSteps::Judge(const at::Tensor& states, const at::Tensor& actions,
                                      at::Tensor next_states, at::Tensor rewards) {
  at::Tensor finite =
      next_states.isfinite().all(-1, /*keepdim=*/true).logical_and_(rewards.isfinite());
  if (observed_reward_) {
    next_states.masked_fill_(finite.logical_not(), 0);
    rewards = ObservedReward(states, actions, next_states).view(rewards.sizes());
    finite.logical_and_(rewards.isfinite());
  }
  const at::Tensor broken = finite.logical_not();
  Outcome outcome;
  outcome.finite = finite.to(at::kFloat);
  outcome.next_state = next_states.masked_fill_(broken, 0);
  outcome.reward = rewards.masked_fill_(broken, 0);

  const at::Tensor next = HostRows(outcome.next_state);
  flags_.resize(next.size(0));
  JudgeTermination(task_, {next.data_ptr<float>(), static_cast<size_t>(next.numel())},
                   absl::MakeSpan(flags_));
  outcome.terminated = at::from_blob(flags_.data(), rewards.sizes(), at::kByte)
                           .to(rewards.options(), /*non_blocking=*/false, /*copy=*/true);
  return outcome;
}

v1::EliteStepsState EliteSteps::SaveState() const {
  v1::EliteStepsState state;
  state.set_choice_rng(choice_rng_.Save());
  state.set_noise_rng(noise_rng_.Save());
  return state;
}

absl::Status EliteSteps::RestoreState(const v1::EliteStepsState& state) {
  RETURN_IF_ERROR(choice_rng_.Restore(state.choice_rng()));
  return noise_rng_.Restore(state.noise_rng());
}

}  // namespace vagram
