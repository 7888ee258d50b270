#include "core/env/distractors/distractor_env.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"

namespace vagram {
namespace {

// Tells states apart that do not belong together.
std::string Header(const Task& task, const DistractorSpec& spec) {
  return absl::StrCat(task.id, " with ", spec.dims, " ", DistractorKindName(spec.kind),
                      " distractors of seed ", spec.seed);
}

}  // namespace

Task WithDistractors(const Task& task, const DistractorSpec& spec) {
  Task extended = task;
  const size_t own = task.obs_dim;
  extended.obs_dim += spec.dims;
  extended.observation.push_back(
      {spec.dims,
       absl::StrCat("distractors (", DistractorKindName(spec.kind), "), which mean nothing"), ""});
  extended.terminated = [own, terminated = task.terminated](absl::Span<const float> observation) {
    return terminated(observation.first(own));
  };
  if (task.observed_reward) {
    extended.observed_reward = [own, reward = task.observed_reward](
                                   absl::Span<const float> observation,
                                   absl::Span<const float> action,
                                   absl::Span<const float> next_observation) {
      return reward(observation.first(own), action, next_observation.first(own));
    };
  }
  return extended;
}

DistractorEnv::DistractorEnv(std::unique_ptr<Env> env,
                             std::shared_ptr<const DistractorDynamics> dynamics)
    : env_(std::move(env)),
      dynamics_(std::move(dynamics)),
      task_(WithDistractors(env_->task(), dynamics_->spec())),
      state_(dynamics_->Start(noise_)) {}

void DistractorEnv::Reset(Rng& rng) {
  env_->Reset(rng);
  noise_ = Rng(rng.Next());
  state_ = dynamics_->Start(noise_);
}

absl::StatusOr<StepOutcome> DistractorEnv::Step(absl::Span<const double> action) {
  ASSIGN_OR_RETURN(const StepOutcome outcome, env_->Step(action));
  state_ = dynamics_->Next(state_, noise_);
  return outcome;
}

void DistractorEnv::Observe(absl::Span<double> observation) const {
  const size_t own = env_->task().obs_dim;
  env_->Observe(observation.first(own));
  std::copy(state_.begin(), state_.end(), observation.begin() + own);
}

std::string DistractorEnv::Save() const {
  std::string bytes = Header(task_, dynamics_->spec());
  bytes.push_back('\0');
  bytes += noise_.Save();
  bytes.append(reinterpret_cast<const char*>(state_.data()), state_.size() * sizeof(double));
  return bytes + env_->Save();
}

absl::Status DistractorEnv::Restore(absl::string_view bytes) {
  const std::string header = Header(task_, dynamics_->spec());
  if (!absl::ConsumePrefix(&bytes, absl::string_view(header.c_str(), header.size() + 1))) {
    return absl::InvalidArgumentError(
        absl::StrCat("simulation state is not one of ", header,
                     "; restore it into the environment that saved it, with the same distractors"));
  }
  const size_t noise_size = noise_.Save().size(), state_size = state_.size() * sizeof(double);
  if (bytes.size() < noise_size + state_size) {
    return absl::InvalidArgumentError(absl::StrCat(
        "simulation state of ", header, " has ", bytes.size(), " bytes, expected at least ",
        noise_size + state_size, "; it was cut short or saved by another version"));
  }
  Rng noise(0);
  RETURN_IF_ERROR(noise.Restore(bytes.substr(0, noise_size)));
  RETURN_IF_ERROR(env_->Restore(bytes.substr(noise_size + state_size)));
  noise_ = noise;
  std::memcpy(state_.data(), bytes.data() + noise_size, state_size);
  return absl::OkStatus();
}

}  // namespace vagram
