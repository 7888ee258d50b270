#ifndef CORE_DYNAMICS_ELITE_STEPS_H_
#define CORE_DYNAMICS_ELITE_STEPS_H_

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "core/base/random.h"
#include "core/dynamics/ensemble.h"
#include "core/env/task.h"
#include "proto/checkpoint.pb.h"

namespace vagram {

// Single imagined steps of a trained ensemble's elites for batches of one size, over and over: what
// the learner's updates want of the model, where imagination.h has whole rollouts. The elites are
// one stack, so that a step is one forward pass. Predictions are the mean of a deterministic
// ensemble and a sample of a probabilistic one; the reward is the model's or, where asked for, the
// task's own; terminations are the task's. Equal calls in equal order give equal bits on one
// thread. Works on `device`; rewards and terminations of the task are judged on the host.
// Not thread-safe.
class EliteSteps {
 public:
  // `task` must have an observed reward when it is asked for, and outlive this.
  EliteSteps(const Ensemble& ensemble, const Task* task, bool observed_reward,
             const at::Device& device, uint64_t seed);

  int64_t num_elites() const { return elites_->options().members; }

  // float32 on the device; [rows, ...] or [elites, rows, ...].
  struct Outcome {
    at::Tensor next_state;  // [..., n]
    at::Tensor reward;      // [..., 1]
    at::Tensor terminated;  // [..., 1], 0 or 1
    // [..., 1], 1 where the prediction, and the reward that is paid for it, are finite numbers;
    // elsewhere both read as zeros.
    at::Tensor finite;
  };

  // An elite drawn at random for every row, the elites used equally often (Janner 2019,
  // algorithm 2). states [rows, n], actions [rows, m].
  Outcome OfOne(const at::Tensor& states, const at::Tensor& actions);

  // Of every elite, with the same noise for all of them: they differ by what they learned and not
  // by luck. states [rows, n] and actions [rows, m] shared, or [elites, rows, ...] each its own.
  Outcome OfEach(const at::Tensor& states, const at::Tensor& actions);

  // Where its generators are, and back.   INVALID_ARGUMENT: no state of a generator.
  v1::EliteStepsState SaveState() const;
  absl::Status RestoreState(const v1::EliteStepsState& state);

 private:
  at::Tensor Noise(int64_t rows);  // [rows, n + 1]
  // noise: [members or 1, rows, n + 1], undefined when deterministic.
  void AddNoise(const at::Tensor& noise, Prediction* prediction) const;
  // The task's own reward, [rows, 1] on the device, of all rows.
  at::Tensor ObservedReward(const at::Tensor& states, const at::Tensor& actions,
                            const at::Tensor& next_states) const;
  Outcome Judge(const at::Tensor& states, const at::Tensor& actions, at::Tensor next_states,
                at::Tensor rewards);

  const Task& task_;
  const bool observed_reward_;
  const at::Device device_;
  const std::unique_ptr<Ensemble> elites_;
  Rng choice_rng_;
  Rng noise_rng_;
  std::vector<int64_t> slots_;  // of the rows in the elites' stack, then what is left over
  std::vector<int64_t> rows_;   // of the stack's slots
  std::vector<uint8_t> flags_;
};

}  // namespace vagram

#endif  // CORE_DYNAMICS_ELITE_STEPS_H_
