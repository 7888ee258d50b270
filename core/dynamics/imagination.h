#ifndef CORE_DYNAMICS_IMAGINATION_H_
#define CORE_DYNAMICS_IMAGINATION_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/dynamics/ensemble.h"
#include "core/env/task.h"
#include "core/nn/gaussian_policy.h"
#include "core/replay/transition_batch.h"

namespace vagram {

struct ImaginationOptions {
  int64_t length = 1;         // steps per branch at most
  uint64_t seed = 0;          // of actions, members and the model's noise
  int64_t chunk_rows = 4096;  // transitions computed and handed over at once; bounds the memory

  // Pay Task::observed_reward for what the model predicts instead of the reward that it predicts.
  bool observed_reward = false;

  // Above 0: leave out steps on which the elites disagree (disagreement.h) more than on this
  // quantile of the branches' first steps, and end their branches. Each step then costs one of
  // every elite more. 0: accept every step.
  double disagreement_quantile = 0;
};

struct ImaginationSummary {
  int64_t transitions = 0;
  int64_t terminated_branches = 0;
  int64_t dropped_branches = 0;  // ended at a prediction, or an observed reward of it, that is not
                                 // finite, which is left out
  int64_t rejected_steps = 0;    // left out for the elites' disagreement, each the end of a branch
};

// Branched rollouts (Janner 2019, algorithm 2): from each start state [N, n], up to `length` steps
// of the policy's sampled actions in the learned model; for every transition an elite drawn at
// random predicts, with its mean when deterministic and a sample of its Gaussian otherwise. A
// branch ends where the task's termination function says so, and before a step that is not
// accepted. Transitions go to `sink` step by step,
// all branches' first steps before any second one, branches in the order of `starts`, in chunks;
// none is truncated. The error of `sink` ends the call. Equal arguments give equal bits on one
// thread.
//   INVALID_ARGUMENT: shapes that do not fit, options that are not positive, or an observed reward
//   of a task that has none.
absl::StatusOr<ImaginationSummary> Imagine(
    const Ensemble& ensemble, GaussianPolicy& policy, const Task& task, const at::Tensor& starts,
    const ImaginationOptions& options,
    const std::function<absl::Status(const TransitionBatch&)>& sink);

}  // namespace vagram

#endif  // CORE_DYNAMICS_IMAGINATION_H_
