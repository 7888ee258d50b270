#include "core/env/batched_env.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"

namespace vagram {
namespace {

absl::Status CheckOptions(const BatchedEnv::Options& options) {
  if (options.num_copies < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("asked for ", options.num_copies, " copies, expected at least 1"));
  }
  if (options.num_threads < 1 || options.num_threads > ParallelLoop::kMostThreads) {
    return absl::InvalidArgumentError(absl::StrCat("asked to step on ", options.num_threads,
                                                   " threads, expected 1 to ",
                                                   ParallelLoop::kMostThreads));
  }
  return absl::OkStatus();
}

// The same error, of copy `copy`.
absl::Status OfCopy(int copy, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("copy ", copy, ": ", status.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<BatchedEnv>> BatchedEnv::Create(const EnvFactory& factory,
                                                               const Options& options) {
  RETURN_IF_ERROR(CheckOptions(options));
  std::vector<std::unique_ptr<Env>> copies(options.num_copies);
  for (std::unique_ptr<Env>& copy : copies) {
    ASSIGN_OR_RETURN(copy, factory.Make());
  }
  return Create(std::move(copies), options);
}

absl::StatusOr<std::unique_ptr<BatchedEnv>> BatchedEnv::Create(
    std::vector<std::unique_ptr<Env>> copies, const Options& options) {
  RETURN_IF_ERROR(CheckOptions(options));
  if (static_cast<int>(copies.size()) != options.num_copies) {
    return absl::InvalidArgumentError(
        absl::StrCat("got ", copies.size(), " copies, expected ", options.num_copies));
  }
  const Task& task = copies.front()->task();
  for (size_t i = 1; i < copies.size(); ++i) {
    const Task& other = copies[i]->task();
    if (other.obs_dim != task.obs_dim || other.act_dim != task.act_dim) {
      return absl::InvalidArgumentError(
          absl::StrCat("copy ", i, " is ", other.id, ", expected ", task.id, " as copy 0 is"));
    }
  }
  std::vector<std::unique_ptr<Episode>> episodes(copies.size());
  for (size_t i = 0; i < copies.size(); ++i) {
    ASSIGN_OR_RETURN(episodes[i],
                     Episode::Create(std::move(copies[i]), DeriveSeed(options.seed, "copy", i),
                                     options.max_episode_steps));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<ParallelLoop> loop,
                   ParallelLoop::Create(std::min(options.num_threads, options.num_copies)));
  return absl::WrapUnique(new BatchedEnv(std::move(episodes), std::move(loop)));
}

BatchedEnv::BatchedEnv(std::vector<std::unique_ptr<Episode>> episodes,
                       std::unique_ptr<ParallelLoop> loop)
    : episodes_(std::move(episodes)),
      statuses_(num_copies()),
      observation_(static_cast<size_t>(num_copies()) * task().obs_dim),
      next_observation_(observation_.size()),
      reward_(num_copies()),
      terminated_(num_copies()),
      truncated_(num_copies()),
      episode_return_(num_copies()),
      episode_length_(num_copies()),
      loop_(std::move(loop)) {
  for (int copy = 0; copy < num_copies(); ++copy) NoteObservation(copy);
}

absl::StatusOr<BatchedStep> BatchedEnv::Step(absl::Span<const float> actions) {
  RETURN_IF_ERROR(CheckActions(actions));
  const size_t act_dim = task().act_dim;
  loop_->Run(num_copies(), [&](int64_t copy) {
    StepCopy(static_cast<int>(copy), actions.subspan(copy * act_dim, act_dim));
  });
  failed_.clear();
  for (int copy = 0; copy < num_copies(); ++copy) {
    if (!statuses_[copy].ok()) failed_.push_back({copy, statuses_[copy]});
  }
  return BatchedStep{observation_, next_observation_, reward_,         terminated_,
                     truncated_,   episode_return_,   episode_length_, failed_};
}

absl::Status BatchedEnv::CheckActions(absl::Span<const float> actions) const {
  const size_t act_dim = task().act_dim;
  if (actions.size() != num_copies() * act_dim) {
    return absl::InvalidArgumentError(absl::StrCat(
        "actions hold ", actions.size(), " values, ", num_copies(), " copies of ", task().id,
        " want ", act_dim, " each; check that policy and task belong ", "together"));
  }
  for (size_t i = 0; i < actions.size(); ++i) {
    if (!std::isfinite(actions[i])) {
      return absl::InvalidArgumentError(absl::StrCat(
          "action of copy ", i / act_dim, " of ", task().id, " holds ", actions[i], " at position ",
          i % act_dim, "; check the policy's parameters for values that are not finite"));
    }
  }
  return absl::OkStatus();
}

// Touches nothing of another copy: copies are stepped on several threads at once.
void BatchedEnv::StepCopy(int copy, absl::Span<const float> action) {
  Episode& episode = *episodes_[copy];
  const absl::StatusOr<EpisodeStep> result = episode.Step(action);
  statuses_[copy] = result.status();
  const EpisodeStep step = result.value_or(EpisodeStep{});
  const auto row = next_observation_.begin() + static_cast<size_t>(copy) * task().obs_dim;
  if (!result.ok()) {
    episode.Reset();
    std::fill_n(row, task().obs_dim, 0.0f);
  }
  std::copy(step.next_observation.begin(), step.next_observation.end(), row);
  reward_[copy] = static_cast<float>(step.reward);
  terminated_[copy] = step.terminated;
  truncated_[copy] = step.truncated;
  episode_return_[copy] = step.episode_return;
  episode_length_[copy] = step.episode_length;
  NoteObservation(copy);
}

void BatchedEnv::NoteObservation(int copy) {
  const absl::Span<const float> observation = episodes_[copy]->Observation();
  std::copy(observation.begin(), observation.end(),
            observation_.begin() + static_cast<size_t>(copy) * task().obs_dim);
}

void BatchedEnv::Reset() {
  loop_->Run(num_copies(), [this](int64_t copy) {
    episodes_[copy]->Reset();
    NoteObservation(static_cast<int>(copy));
  });
}

std::vector<EpisodeState> BatchedEnv::Save() const {
  std::vector<EpisodeState> states;
  states.reserve(episodes_.size());
  for (const std::unique_ptr<Episode>& episode : episodes_) states.push_back(episode->Save());
  return states;
}

absl::Status BatchedEnv::Restore(absl::Span<const EpisodeState> states) {
  if (states.size() != episodes_.size()) {
    return absl::InvalidArgumentError(absl::StrCat("got the states of ", states.size(),
                                                   " copies of ", task().id, ", expected ",
                                                   episodes_.size()));
  }
  const std::vector<EpisodeState> before = Save();
  for (int copy = 0; copy < num_copies(); ++copy) {
    const absl::Status status = episodes_[copy]->Restore(states[copy]);
    if (status.ok()) continue;
    for (int undone = 0; undone < copy; ++undone) {
      RETURN_IF_ERROR(episodes_[undone]->Restore(before[undone]));
    }
    return OfCopy(copy, status);
  }
  for (int copy = 0; copy < num_copies(); ++copy) NoteObservation(copy);
  return absl::OkStatus();
}

}  // namespace vagram
