#ifndef CORE_ENV_BATCHED_ENV_H_
#define CORE_ENV_BATCHED_ENV_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/base/parallel_loop.h"
#include "core/env/env.h"
#include "core/env/env_factory.h"
#include "core/env/episode.h"
#include "core/env/task.h"

namespace vagram {

// A copy whose step did not happen.
struct FailedCopy {
  int copy = 0;
  absl::Status status;
};

// What one step of N copies gave: columns with a row per copy, row-major, valid until the next call
// that is not const. A copy in `failed` took no step: its rows are zeros but for `observation`.
struct BatchedStep {
  absl::Span<const float> observation;       // [N, obs_dim], to act on next
  absl::Span<const float> next_observation;  // [N, obs_dim], that the step led to: of an ended
                                             // episode the last, never the next one's first
  absl::Span<const float> reward;            // [N]
  absl::Span<const uint8_t> terminated;      // [N], the task's own end
  absl::Span<const uint8_t> truncated;       // [N], the time limit; a step can be both
  absl::Span<const double> episode_return;   // [N], of the step's episode, the step included
  absl::Span<const int64_t> episode_length;  // [N], steps of it, this one included
  absl::Span<const FailedCopy> failed;       // ordered by copy; most often empty
};

// N copies of an environment stepped side by side. Each is an Episode of its own: when its episode
// ends, it begins the next one in the same step, whatever the others do. A copy whose simulation
// fails is reported and begins a new episode; the others do not notice.
//
// All results are the same bit for bit for any number of threads. Nothing is allocated by a step
// unless the environment does so or fails. Not thread-safe: one owner, one thread at a time. The
// destructor joins the threads.
//
//   BatchedEnv::Options options;
//   options.num_copies = 32;
//   options.num_threads = 2;
//   auto envs = *BatchedEnv::Create(factory, options);
//   const std::vector<float> actions = Act(envs->Observations());  // [32, act_dim]
//   auto step = envs->Step(actions);
class BatchedEnv {
 public:
  struct Options {
    int num_copies = 1;
    int num_threads = 1;  // the caller's included; more than copies are of no use, so not started
    uint64_t seed = 0;    // copy i is an Episode of DeriveSeed(seed, "copy", i)
    std::optional<int> max_episode_steps;  // the task's unless given
  };

  // Begins the first episode of every copy.
  //   INVALID_ARGUMENT: fewer than 1 copy, an impossible number of threads or time limit.
  //   RESOURCE_EXHAUSTED: no more threads.   Besides, the errors of EnvFactory::Make.
  static absl::StatusOr<std::unique_ptr<BatchedEnv>> Create(const EnvFactory& factory,
                                                            const Options& options);

  // The same on given copies of one task, `options.num_copies` of them.
  static absl::StatusOr<std::unique_ptr<BatchedEnv>> Create(
      std::vector<std::unique_ptr<Env>> copies, const Options& options);

  const Task& task() const { return episodes_.front()->task(); }
  int num_copies() const { return static_cast<int>(episodes_.size()); }
  int num_threads() const { return loop_->num_threads(); }

  // What to act on next, [N, obs_dim]; valid until the next call that is not const.
  absl::Span<const float> Observations() const { return observation_; }

  // Steps every copy with its row of `actions`, [N, act_dim].
  //   INVALID_ARGUMENT: wrong size, or a component that is not finite; names the first copy and
  //   position; no copy took a step.
  absl::StatusOr<BatchedStep> Step(absl::Span<const float> actions);

  // Drops the running episodes; all copies begin their next one.
  void Reset();

  // As Episode's, a state per copy: the restored copies continue bit for bit, on any number of
  // threads.   INVALID_ARGUMENT: another number of copies, or a state that a copy refuses; names
  // the copy; nothing changed.
  std::vector<EpisodeState> Save() const;
  absl::Status Restore(absl::Span<const EpisodeState> states);

 private:
  BatchedEnv(std::vector<std::unique_ptr<Episode>> episodes, std::unique_ptr<ParallelLoop> loop);

  absl::Status CheckActions(absl::Span<const float> actions) const;
  void StepCopy(int copy, absl::Span<const float> action);
  void NoteObservation(int copy);

  const std::vector<std::unique_ptr<Episode>> episodes_;
  std::vector<absl::Status> statuses_;  // [N], of the last step
  std::vector<FailedCopy> failed_;

  // The columns of BatchedStep.
  std::vector<float> observation_;
  std::vector<float> next_observation_;
  std::vector<float> reward_;
  std::vector<uint8_t> terminated_;
  std::vector<uint8_t> truncated_;
  std::vector<double> episode_return_;
  std::vector<int64_t> episode_length_;

  const std::unique_ptr<ParallelLoop> loop_;
};

}  // namespace vagram

#endif  // CORE_ENV_BATCHED_ENV_H_
