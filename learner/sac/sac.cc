#include "learner/sac/sac.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "core/base/logging.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "core/nn/action_range.h"
#include "core/nn/adam.h"
#include "core/nn/adam_codec.h"
#include "core/nn/array_codec.h"
#include "core/nn/device.h"
#include "learner/sac/agent_options.h"
#include "learner/sac/losses.h"
#include "learner/sac/sac_metrics.h"

namespace vagram {
namespace {

AdamOptions WithLearningRate(double learning_rate) {
  AdamOptions options;
  options.learning_rate = learning_rate;
  return options;
}

at::Tensor CpuCopy(const at::Tensor& tensor) {
  return tensor.to(at::kCPU, tensor.scalar_type(), /*non_blocking=*/false, /*copy=*/true);
}

// Rows of a batch's column as a tensor on the caller's memory.
at::Tensor Column(const std::vector<float>& values, int64_t rows, int64_t width) {
  CHECK_EQ(static_cast<int64_t>(values.size()), rows * width) << "a column of the batch";
  return at::from_blob(const_cast<float*>(values.data()), {rows, width}, at::kFloat);
}

}  // namespace

struct Sac::State {
  State(SacOptions options, const SacLosses::Networks& networks, SacLosses losses, uint64_t seed)
      : options(std::move(options)),
        device(networks.actor.device()),
        networks(networks),
        losses(std::move(losses)),
        actor(networks.actor),
        critics(networks.critics),
        targets(networks.targets),
        log_temperature(
            at::full({1}, std::log(this->options.initial_temperature), actor.options())),
        temperature(log_temperature.exp()),
        actor_gradient(at::empty_like(actor)),
        critic_gradient(at::empty_like(critics)),
        actor_adam(actor, WithLearningRate(this->options.actor_learning_rate)),
        critic_adam(critics, WithLearningRate(this->options.critic_learning_rate)),
        temperature_adam(log_temperature,
                         WithLearningRate(this->options.temperature_learning_rate)),
        rng(DeriveSeed(seed, "sac")),
        subset_rng(DeriveSeed(seed, "sac/subset")),
        dropout_rng(DeriveSeed(seed, "sac/dropout")),
        metrics(device) {
    const int64_t rows = this->options.batch_size;
    const auto like = actor.options();
    batch.state = at::empty({rows, this->options.obs_dim}, like);
    batch.action = at::empty({rows, this->options.act_dim}, like);
    batch.reward = at::empty({rows, 1}, like);
    batch.next_state = at::empty({rows, this->options.obs_dim}, like);
    batch.terminated = at::empty({rows, 1}, like);
    host_noise = at::empty({rows, this->options.act_dim}, at::kFloat);
    noise = device.is_cpu() ? host_noise : at::empty({rows, this->options.act_dim}, like);
    order.resize(this->options.critics);
    this->losses.UseDropout({this->options.dropout, &dropout_rng});
  }

  void Load(const TransitionBatch& from);
  const at::Tensor& DrawNoise();
  at::Tensor DrawSubset();

  const SacOptions options;
  const at::Device device;
  const SacLosses::Networks networks;
  SacLosses losses;  // views of the three parameter buffers
  at::Tensor actor, critics, targets;
  at::Tensor log_temperature, temperature;  // [1]
  at::Tensor actor_gradient, critic_gradient;
  Adam actor_adam, critic_adam, temperature_adam;
  Rng rng;  // of the noise
  Rng subset_rng;
  Rng dropout_rng;
  SacBatch batch;
  at::Tensor host_noise, noise;  // [batch, act_dim], the same tensor on the CPU
  std::vector<int64_t> order;    // of the critics, drawn for an update
  int64_t updates = 0;
  SacMetricSums metrics;
};

void Sac::State::Load(const TransitionBatch& from) {
  const int64_t rows = options.batch_size;
  CHECK(from.size == rows && from.obs_dim == options.obs_dim && from.act_dim == options.act_dim)
      << "SAC batch has " << from.size << " transitions of " << from.obs_dim << " and "
      << from.act_dim << " values, expected " << rows << " of " << options.obs_dim << " and "
      << options.act_dim;
  batch.state.copy_(Column(from.observation, rows, options.obs_dim));
  batch.action.copy_(Column(from.action, rows, options.act_dim));
  batch.reward.copy_(Column(from.reward, rows, 1));
  batch.next_state.copy_(Column(from.next_observation, rows, options.obs_dim));
  CHECK_EQ(static_cast<int64_t>(from.terminated.size()), rows);
  batch.terminated.copy_(
      at::from_blob(const_cast<uint8_t*>(from.terminated.data()), {rows, 1}, at::kByte));
}

const at::Tensor& Sac::State::DrawNoise() {
  rng.FillNormal(absl::MakeSpan(host_noise.data_ptr<float>(), host_noise.numel()));
  if (!device.is_cpu()) noise.copy_(host_noise);
  return noise;
}

// The critics whose minimum makes this update's target; undefined for all of them.
at::Tensor Sac::State::DrawSubset() {
  if (options.target_subset == options.critics) return at::Tensor();
  subset_rng.FillPermutation(absl::MakeSpan(order));
  return at::from_blob(order.data(), {options.target_subset}, at::kLong).to(device);
}

absl::StatusOr<std::unique_ptr<Sac>> Sac::Create(SacOptions options, uint64_t seed) {
  RETURN_IF_ERROR(CheckSacOptions(options));
  ASSIGN_OR_RETURN(const at::Device device, ParseDevice(options.device));
  ASSIGN_OR_RETURN(const ActionRange range, ActionRange::Create(options.act_low, options.act_high));
  SacLosses::Networks networks;
  networks.actor_shape = SacActorShape(options);
  networks.critic_shape = SacCriticShape(options);
  Rng actor_rng(DeriveSeed(seed, "sac/actor"));
  Rng critics_rng(DeriveSeed(seed, "sac/critics"));
  networks.actor = UniformParameters(networks.actor_shape, actor_rng).to(device);
  networks.critics = UniformParameters(networks.critic_shape, critics_rng).to(device);
  networks.targets = networks.critics.clone();
  ASSIGN_OR_RETURN(SacLosses losses, SacLosses::Create(networks, range, options.discount));
  return std::unique_ptr<Sac>(
      new Sac(std::make_unique<State>(std::move(options), networks, std::move(losses), seed)));
}

Sac::Sac(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sac::~Sac() = default;

void Sac::Update(const TransitionBatch& transitions, CriticTargets* targets) {
  // One step of everything that is due, in the order of Haarnoja 2018: critics, actor, temperature,
  // targets. Nothing here waits for the device.
  at::AutoDispatchBelowADInplaceOrView no_autograd;
  State& s = *state_;
  const SacOptions& options = s.options;
  s.Load(transitions);
  ++s.updates;

  SacLosses::CriticResult critic;
  if (targets == nullptr) {
    const at::Tensor target =
        s.losses.CriticTarget(s.batch, s.DrawNoise(), s.temperature, s.DrawSubset());
    critic = s.losses.CriticGradient(s.batch, target, s.critic_gradient);
  } else {
    const CriticExamples examples = targets->Expand(s.batch, s.temperature, s.DrawSubset());
    critic = s.losses.CriticGradient(examples.pairs, examples.target, s.critic_gradient,
                                     examples.weight);
  }
  s.critic_adam.Step(s.critics, s.critic_gradient);
  s.metrics.AddCritics(critic.loss, critic.q_mean, s.temperature[0]);

  if (s.updates % options.actor_update_every == 0) {
    const SacLosses::ActorResult actor =
        s.losses.ActorGradient(s.batch.state, s.DrawNoise(), s.temperature, s.actor_gradient);
    s.actor_adam.Step(s.actor, s.actor_gradient);
    if (options.learn_temperature) {
      // J(alpha) = E[-alpha (log pi + target entropy)] (Haarnoja 2018, eq. 18) in log alpha:
      // dJ/d(log alpha) = alpha (entropy - target entropy).
      s.temperature_adam.Step(s.log_temperature,
                              actor.entropy.sub(options.target_entropy).mul(s.temperature));
      s.temperature.copy_(s.log_temperature).exp_();
    }
    s.metrics.AddActor(actor.loss, actor.entropy);
  }
  if (s.updates % options.target_update_every == 0) {
    PolyakAverage(s.critics, options.target_smoothing, s.targets);
  }
  s.metrics.EndUpdate();
}

SacMetrics Sac::TakeMetrics() { return state_->metrics.Take(); }

absl::Status Sac::CheckFinite() {
  State& s = *state_;
  RETURN_IF_ERROR(s.metrics.CheckFinite());
  // A sum is finite only if everything in it is.
  if (std::isfinite(s.actor.sum().item<double>())) return absl::OkStatus();
  return s.metrics.Diverged("a parameter of the actor", s.updates);
}

int64_t Sac::updates() const { return state_->updates; }

const SacLosses::Networks& Sac::networks() const { return state_->networks; }

at::Tensor Sac::PolicyParameters() const { return CpuCopy(state_->actor); }

CriticSnapshot Sac::Snapshot() const {
  CriticSnapshot snapshot;
  snapshot.version = state_->updates;
  snapshot.actor = CpuCopy(state_->actor);
  snapshot.critics = CpuCopy(state_->critics);
  snapshot.targets = CpuCopy(state_->targets);
  snapshot.temperature = state_->temperature.item<double>();
  return snapshot;
}

v1::SacState Sac::SaveState() const {
  const State& s = *state_;
  v1::SacState state;
  state.set_updates(s.updates);
  *state.mutable_actor() = ArrayFromTensor(s.actor);
  *state.mutable_critics() = ArrayFromTensor(s.critics);
  *state.mutable_targets() = ArrayFromTensor(s.targets);
  *state.mutable_log_temperature() = ArrayFromTensor(s.log_temperature);
  *state.mutable_actor_adam() = EncodeAdam(s.actor_adam);
  *state.mutable_critic_adam() = EncodeAdam(s.critic_adam);
  *state.mutable_temperature_adam() = EncodeAdam(s.temperature_adam);
  state.set_noise_rng(s.rng.Save());
  state.set_subset_rng(s.subset_rng.Save());
  state.set_dropout_rng(s.dropout_rng.Save());
  *state.mutable_window() = s.metrics.Save();
  return state;
}

absl::Status Sac::RestoreState(const v1::SacState& state) {
  State& s = *state_;
  const auto restore = [](const v1::Array& array, const char* what, const at::Tensor& to) {
    const auto values = TensorFromArray(array, v1::FLOAT32, {to.numel()}, what);
    if (values.ok()) to.copy_(*values);
    return values.status();
  };
  RETURN_IF_ERROR(restore(state.actor(), "the actor", s.actor));
  RETURN_IF_ERROR(restore(state.critics(), "the critics", s.critics));
  RETURN_IF_ERROR(restore(state.targets(), "the target critics", s.targets));
  RETURN_IF_ERROR(restore(state.log_temperature(), "log alpha", s.log_temperature));
  RETURN_IF_ERROR(DecodeAdam(state.actor_adam(), "the actor", &s.actor_adam));
  RETURN_IF_ERROR(DecodeAdam(state.critic_adam(), "the critics", &s.critic_adam));
  RETURN_IF_ERROR(DecodeAdam(state.temperature_adam(), "log alpha", &s.temperature_adam));
  RETURN_IF_ERROR(s.rng.Restore(state.noise_rng()));
  RETURN_IF_ERROR(s.subset_rng.Restore(state.subset_rng()));
  RETURN_IF_ERROR(s.dropout_rng.Restore(state.dropout_rng()));
  // As every update leaves it.
  s.temperature.copy_(s.log_temperature).exp_();
  s.updates = state.updates();
  return s.metrics.Restore(state.window(), s.updates);
}

at::Tensor Sac::AllParameters() const {
  return CpuCopy(
      at::cat({state_->actor, state_->critics, state_->targets, state_->log_temperature}));
}

}  // namespace vagram
