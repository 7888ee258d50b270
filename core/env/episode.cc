#include "core/env/episode.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace vagram {

absl::StatusOr<std::unique_ptr<Episode>> Episode::Create(absl::string_view task_id, uint64_t seed,
                                                         std::optional<int> max_episode_steps) {
  ASSIGN_OR_RETURN(std::unique_ptr<Env> env, MakeEnv(task_id));
  return Create(std::move(env), seed, max_episode_steps);
}

absl::StatusOr<std::unique_ptr<Episode>> Episode::Create(const EnvFactory& factory, uint64_t seed,
                                                         std::optional<int> max_episode_steps) {
  ASSIGN_OR_RETURN(std::unique_ptr<Env> env, factory.Make());
  return Create(std::move(env), seed, max_episode_steps);
}

absl::StatusOr<std::unique_ptr<Episode>> Episode::Create(std::unique_ptr<Env> env, uint64_t seed,
                                                         std::optional<int> max_episode_steps) {
  const int limit = max_episode_steps.value_or(env->task().max_episode_steps);
  if (limit < 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the time limit of ", env->task().id, " is ", limit, " steps, expected at least 1; the ",
        "task's own is ", env->task().max_episode_steps));
  }
  auto episode = absl::WrapUnique(new Episode(std::move(env), seed, limit));
  episode->Reset();
  return episode;
}

Episode::Episode(std::unique_ptr<Env> env, uint64_t seed, int max_episode_steps)
    : env_(std::move(env)),
      max_episode_steps_(max_episode_steps),
      rng_(seed),
      observation_(env_->task().obs_dim),
      next_observation_(env_->task().obs_dim),
      action_(env_->task().act_dim),
      exact_(env_->task().obs_dim) {}

absl::StatusOr<EpisodeStep> Episode::Step(absl::Span<const float> action) {
  if (needs_reset_) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the simulation of ", task().id, " failed in an earlier step; reset it first"));
  }
  action_.assign(action.begin(), action.end());
  const absl::StatusOr<StepOutcome> outcome = env_->Step(action_);
  if (!outcome.ok()) {
    // A refused action left the state as it was; any other failure did not.
    needs_reset_ = !absl::IsInvalidArgument(outcome.status());
    return outcome.status();
  }
  ++episode_step_;
  ++total_steps_;
  episode_return_ += outcome->reward;
  Observe(&next_observation_);

  EpisodeStep step;
  step.reward = outcome->reward;
  step.terminated = outcome->terminated;
  step.truncated = episode_step_ >= max_episode_steps_;
  step.next_observation = next_observation_;
  step.episode_return = episode_return_;
  step.episode_length = episode_step_;
  if (step.ended()) {
    Reset();
  } else {
    observation_ = next_observation_;
  }
  return step;
}

void Episode::Reset() {
  env_->Reset(rng_);
  Observe(&observation_);
  ++episodes_;
  episode_step_ = 0;
  episode_return_ = 0;
  needs_reset_ = false;
}

EpisodeState Episode::Save() const {
  EpisodeState state;
  state.simulation = env_->Save();
  state.rng = rng_.Save();
  state.episode_step = episode_step_;
  state.episodes = episodes_;
  state.total_steps = total_steps_;
  state.episode_return = episode_return_;
  state.needs_reset = needs_reset_;
  return state;
}

absl::Status Episode::Restore(const EpisodeState& state) {
  if (state.episode_step < 0 || state.episodes < 0 || state.total_steps < 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "state of ", task().id, " has negative counts: episode_step ", state.episode_step,
        ", episodes ", state.episodes, ", total_steps ", state.total_steps));
  }
  Rng rng(0);
  RETURN_IF_ERROR(rng.Restore(state.rng));
  RETURN_IF_ERROR(env_->Restore(state.simulation));
  rng_ = rng;
  episode_step_ = state.episode_step;
  episodes_ = state.episodes;
  total_steps_ = state.total_steps;
  episode_return_ = state.episode_return;
  needs_reset_ = false;
  Observe(&observation_);
  if (state.needs_reset) Reset();
  return absl::OkStatus();
}

void Episode::Observe(std::vector<float>* observation) {
  env_->Observe(absl::MakeSpan(exact_));
  std::transform(exact_.begin(), exact_.end(), observation->begin(),
                 [](double value) { return static_cast<float>(value); });
}

}  // namespace vagram
