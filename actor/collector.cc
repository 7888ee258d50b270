#include "actor/collector.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/config/env_spec_from_config.h"
#include "core/config/policy_options.h"
#include "core/nn/array_codec.h"
#include "core/wire/transition_codec.h"

namespace vagram {
namespace {

std::optional<int> StepLimit(const v1::TrialConfig& config) {
  if (!config.env().has_max_episode_steps()) return std::nullopt;
  return config.env().max_episode_steps();
}

// A [1, n] tensor that shares the memory of `values`.
at::Tensor Row(absl::Span<const float> values) {
  return at::from_blob(const_cast<float*>(values.data()), {1, static_cast<int64_t>(values.size())},
                       at::TensorOptions(at::kFloat));
}

}  // namespace

absl::StatusOr<std::unique_ptr<EpisodeCollector>> EpisodeCollector::Create(
    const v1::TrialConfig& config, int actor_index, Stop* stop) {
  ASSIGN_OR_RETURN(EnvFactory env, EnvFactory::Create(EnvSpecFromConfig(config)));
  ASSIGN_OR_RETURN(std::unique_ptr<Env> copy, env.Make());
  ASSIGN_OR_RETURN(std::unique_ptr<Episode> episode,
                   Episode::Create(std::move(copy), DeriveSeed(config.seed(), "reset", actor_index),
                                   StepLimit(config)));
  return std::unique_ptr<EpisodeCollector>(
      new EpisodeCollector(config, std::move(env), std::move(episode),
                           DeriveSeed(config.seed(), "action", actor_index), stop));
}

EpisodeCollector::EpisodeCollector(const v1::TrialConfig& config, EnvFactory env,
                                   std::unique_ptr<Episode> episode, uint64_t action_seed,
                                   Stop* stop)
    : config_(config),
      env_(std::move(env)),
      stop_(stop),
      episode_(std::move(episode)),
      action_rng_(action_seed) {}

absl::StatusOr<v1::CollectReply> EpisodeCollector::Execute(const v1::CollectCommand& command) {
  v1::CollectReply reply;
  reply.set_sequence(command.sequence());
  switch (command.command_case()) {
    case v1::CollectCommand::kStep:
      RETURN_IF_ERROR(Step(command.step(), reply.mutable_step()));
      return reply;
    case v1::CollectCommand::kEvaluate:
      RETURN_IF_ERROR(Evaluate(command.evaluate(), reply.mutable_evaluate()));
      return reply;
    case v1::CollectCommand::kRestore:
      RETURN_IF_ERROR(RestoreState(command.restore()));
      reply.mutable_restore();
      return reply;
    case v1::CollectCommand::COMMAND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(
      "the learner sent a command that this actor does not know; run the same version everywhere");
}

absl::Status EpisodeCollector::TakePolicy(const v1::PolicySnapshot& snapshot, int64_t version) {
  if (snapshot.has_actor()) {
    ASSIGN_OR_RETURN(at::Tensor parameters,
                     TensorFromArray(snapshot.actor().values(), v1::FLOAT32, {-1}, "policy"));
    ASSIGN_OR_RETURN(const GaussianPolicy::Options options, PolicyOptions(config_, task()));
    ASSIGN_OR_RETURN(GaussianPolicy policy, GaussianPolicy::Create(options, std::move(parameters)));
    policy_ = std::make_unique<GaussianPolicy>(std::move(policy));
    policy_version_ = snapshot.actor().version();
  }
  if (policy_ == nullptr || policy_version_ != version) {
    return absl::FailedPreconditionError(
        absl::StrCat("asked to act with policy ", version, ", this actor has ",
                     policy_ == nullptr ? "none" : absl::StrCat("version ", policy_version_)));
  }
  return absl::OkStatus();
}

absl::Status EpisodeCollector::Step(const v1::StepCommand& command, v1::StepReply* reply) {
  // One message holds the answer: more steps than fit a chunk must be asked for in parts.
  const int64_t limit = RowsPerChunk(task().obs_dim, task().act_dim);
  if (command.num_steps() < 1 || command.num_steps() > limit) {
    return absl::InvalidArgumentError(
        absl::StrCat("asked for ", command.num_steps(), " steps, expected 1 to ", limit));
  }
  if (!command.uniform_actions()) {
    RETURN_IF_ERROR(TakePolicy(command.policy(), command.policy_version()));
  }
  const int64_t first_index = episode_->total_steps();
  TransitionBatch batch(command.num_steps(), task().obs_dim, task().act_dim);
  std::vector<float> noise(task().act_dim);
  for (int64_t row = 0; row < batch.size; ++row) {
    RETURN_IF_ERROR(stop_->Check());
    const absl::Span<const float> observation = episode_->Observation();
    std::copy(observation.begin(), observation.end(),
              batch.observation.begin() + row * task().obs_dim);
    const absl::Span<float> action =
        absl::MakeSpan(batch.action).subspan(row * task().act_dim, task().act_dim);
    if (command.uniform_actions()) {
      for (int i = 0; i < task().act_dim; ++i) {
        action[i] = static_cast<float>(action_rng_.Uniform(task().act_low[i], task().act_high[i]));
      }
    } else {
      action_rng_.FillNormal(absl::MakeSpan(noise));
      const at::Tensor sampled = policy_->Sample(Row(observation), Row(noise));
      std::copy_n(sampled.data_ptr<float>(), task().act_dim, action.begin());
    }
    ASSIGN_OR_RETURN(const EpisodeStep step, episode_->Step(action));
    batch.reward[row] = static_cast<float>(step.reward);
    batch.terminated[row] = step.terminated;
    batch.truncated[row] = step.truncated;
    std::copy(step.next_observation.begin(), step.next_observation.end(),
              batch.next_observation.begin() + row * task().obs_dim);
    if (step.ended()) {
      reply->add_episode_returns(step.episode_return);
      reply->add_episode_lengths(step.episode_length);
    }
  }
  *reply->mutable_transitions() = EncodeTransitions(batch);
  reply->mutable_transitions()->set_first_index(first_index);
  reply->mutable_transitions()->set_policy_version(command.policy_version());
  SaveState(reply->mutable_state());
  return absl::OkStatus();
}

absl::Status EpisodeCollector::Evaluate(const v1::EvaluateCommand& command,
                                        v1::EvaluateReply* reply) {
  RETURN_IF_ERROR(TakePolicy(command.policy(), command.policy_version()));
  if (command.num_episodes() < 1) {
    return absl::InvalidArgumentError("asked to evaluate fewer than 1 episode");
  }
  std::vector<float> first, last;  // observations of every episode
  for (int i = 0; i < command.num_episodes(); ++i) {
    ASSIGN_OR_RETURN(std::unique_ptr<Env> copy, env_.Make());
    ASSIGN_OR_RETURN(const std::unique_ptr<Episode> episode,
                     Episode::Create(std::move(copy), DeriveSeed(command.seed(), "episode", i),
                                     StepLimit(config_)));
    const auto append = [](absl::Span<const float> observation, std::vector<float>& rows) {
      rows.insert(rows.end(), observation.begin(), observation.end());
    };
    append(episode->Observation(), first);
    double discounted_return = 0, weight = 1;
    while (true) {
      RETURN_IF_ERROR(stop_->Check());
      const at::Tensor action = policy_->Mean(Row(episode->Observation()));
      ASSIGN_OR_RETURN(const EpisodeStep step, episode->Step(absl::MakeConstSpan(
                                                   action.data_ptr<float>(), task().act_dim)));
      discounted_return += weight * step.reward;
      weight *= config_.sac().discount();
      if (step.ended()) {
        reply->add_returns(step.episode_return);
        reply->add_lengths(step.episode_length);
        reply->add_discounted_returns(discounted_return);
        reply->add_terminated(step.terminated);
        append(step.next_observation, last);
        break;
      }
    }
  }
  for (auto [rows, array] : {std::pair(&first, reply->mutable_first_observation()),
                             std::pair(&last, reply->mutable_last_observation())}) {
    *array = ArrayFromTensor(Row(*rows).view({command.num_episodes(), task().obs_dim}));
  }
  return absl::OkStatus();
}

void EpisodeCollector::SaveState(v1::EnvState* state) const {
  const EpisodeState saved = episode_->Save();
  state->set_simulation(saved.simulation);
  state->set_rng(saved.rng);
  state->set_action_rng(action_rng_.Save());
  state->set_episode_step(saved.episode_step);
  state->set_episodes(saved.episodes);
  state->set_total_steps(saved.total_steps);
  state->set_episode_return(saved.episode_return);
  state->set_needs_reset(saved.needs_reset);
}

absl::Status EpisodeCollector::RestoreState(const v1::EnvState& state) {
  EpisodeState saved;
  saved.simulation = state.simulation();
  saved.rng = state.rng();
  saved.episode_step = state.episode_step();
  saved.episodes = state.episodes();
  saved.total_steps = state.total_steps();
  saved.episode_return = state.episode_return();
  saved.needs_reset = state.needs_reset();
  Rng action_rng = action_rng_;
  RETURN_IF_ERROR(action_rng.Restore(state.action_rng()));
  RETURN_IF_ERROR(episode_->Restore(saved));
  action_rng_ = action_rng;
  return absl::OkStatus();
}

}  // namespace vagram
