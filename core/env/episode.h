#ifndef CORE_ENV_EPISODE_H_
#define CORE_ENV_EPISODE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/env/env.h"
#include "core/env/env_factory.h"

namespace vagram {

// What one step of an episode gave. The span is valid until the next call that is not const.
struct EpisodeStep {
  double reward = 0;
  bool terminated = false;                   // the task's own end
  bool truncated = false;                    // the time limit, reached by this step
  absl::Span<const float> next_observation;  // [obs_dim], also when the episode ended with it
  double episode_return = 0;                 // of this step's episode, this step included
  int64_t episode_length = 0;                // steps of it, this one included

  bool ended() const { return terminated || truncated; }
};

// The whole state of an Episode: the fields of vagram.v1.EnvState that are the environment's.
struct EpisodeState {
  std::string simulation;
  std::string rng;
  int64_t episode_step = 0;
  int64_t episodes = 0;  // begun so far
  int64_t total_steps = 0;
  double episode_return = 0;
  bool needs_reset = false;
};

// An environment with its time limit, episode after episode. When a step ends the episode, the next
// one begins within the same call: next_observation is the last of the old, Observation() the first
// of the new one. A step can be both the task's end and the time limit, as with gymnasium's
// TimeLimit; whether to bootstrap is for `terminated` alone to say.
// Not thread-safe: one owner, one thread at a time.
//
//   auto episode = *Episode::Create("Hopper-v4", seed);
//   std::vector<float> observation(episode->Observation().begin(), episode->Observation().end());
//   auto step = episode->Step(action);   // store (observation, action, step->reward, ...)
class Episode {
 public:
  // Begins the first episode. Starts are drawn from a generator of this `seed`; the time limit is
  // the task's unless given.
  //   NOT_FOUND: names the nearest task.   INVALID_ARGUMENT: a time limit below 1.   Besides, the
  //   errors of EnvFactory::Make.
  static absl::StatusOr<std::unique_ptr<Episode>> Create(
      absl::string_view task_id, uint64_t seed,
      std::optional<int> max_episode_steps = std::nullopt);
  static absl::StatusOr<std::unique_ptr<Episode>> Create(
      const EnvFactory& factory, uint64_t seed,
      std::optional<int> max_episode_steps = std::nullopt);
  static absl::StatusOr<std::unique_ptr<Episode>> Create(
      std::unique_ptr<Env> env, uint64_t seed, std::optional<int> max_episode_steps = std::nullopt);

  const Task& task() const { return env_->task(); }
  int max_episode_steps() const { return max_episode_steps_; }

  // The present observation [obs_dim]; valid until the next call that is not const.
  absl::Span<const float> Observation() const { return observation_; }

  // Applies `action` [act_dim]; the environment gets it in float64.
  //   INVALID_ARGUMENT: wrong size or a component that is not finite; nothing changed.
  //   INTERNAL: the simulation failed. FAILED_PRECONDITION: it had failed; call Reset first.
  absl::StatusOr<EpisodeStep> Step(absl::Span<const float> action);

  // Drops the running episode and begins the next one.
  void Reset();

  int64_t episode_step() const { return episode_step_; }  // steps taken in the running episode
  int64_t episodes() const { return episodes_; }          // begun so far
  int64_t total_steps() const { return total_steps_; }
  double episode_return() const { return episode_return_; }  // of the running episode

  // Everything but the time limit, and back: the restored copy continues bit for bit, in this
  // process or another. A state that needs a reset gets one on Restore.
  //   INVALID_ARGUMENT: bytes of another task, wrong sizes or negative counts; nothing changed.
  EpisodeState Save() const;
  absl::Status Restore(const EpisodeState& state);

 private:
  Episode(std::unique_ptr<Env> env, uint64_t seed, int max_episode_steps);

  void Observe(std::vector<float>* observation);

  const std::unique_ptr<Env> env_;
  const int max_episode_steps_;
  Rng rng_;
  int64_t episode_step_ = 0;
  int64_t episodes_ = 0;
  int64_t total_steps_ = 0;
  double episode_return_ = 0;
  bool needs_reset_ = false;
  std::vector<float> observation_;       // [obs_dim]
  std::vector<float> next_observation_;  // [obs_dim], after the last step
  std::vector<double> action_;           // [act_dim], what the environment is given
  std::vector<double> exact_;            // [obs_dim], what the environment shows
};

}  // namespace vagram

#endif  // CORE_ENV_EPISODE_H_
