#ifndef LEARNER_SAC_SAC_H_
#define LEARNER_SAC_SAC_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/replay/transition_batch.h"
#include "learner/sac/agent_options.h"
#include "learner/sac/critic_targets.h"
#include "learner/sac/losses.h"

namespace vagram {

// Means over the updates since the last report.
struct SacMetrics {
  double critic_loss = 0;
  double actor_loss = 0;
  double temperature = 0;
  double entropy = 0;
  double q_mean = 0;
  int64_t updates = 0;
};

// Which value functions: the twin critics, their targets, or both (critics first).
enum class ValueFunctions { kAll, kCritics, kTargets };
absl::StatusOr<ValueFunctions> ParseValueFunctions(absl::string_view name);

// The immutable parameters that value gradients are taken of.
struct CriticSnapshot {
  int64_t version = 0;
  at::Tensor actor;    // flat
  at::Tensor critics;  // flat, 2 networks
  at::Tensor targets;  // flat, 2 networks
};

// Soft actor-critic (Haarnoja 2018, second version): tanh-Gaussian policy, twin critics with
// targets, learned temperature. One Update is one gradient step of everything that is due.
// Not thread-safe; snapshots are copies and may be used anywhere.
class Sac {
 public:
  //   INVALID_ARGUMENT: impossible options.
  static absl::StatusOr<std::unique_ptr<Sac>> Create(SacOptions options, uint64_t seed);

  // One update on a batch of options.batch_size transitions.
  // Critic target: r + gamma (1 - terminated) (min_j Q'_j(s', a') - alpha log pi(a'|s')).
  // With `targets` the critics are trained on what it makes of the batch instead.
  void Update(const TransitionBatch& batch, CriticTargets* targets = nullptr);

  // Means since the last call, which starts a new window.
  SacMetrics TakeMetrics();

  int64_t updates() const;

  // The networks themselves, which every update changes in place.
  const SacLosses::Networks& networks() const;

  // The actor's flat parameters (float32, CPU copy); their version is updates().
  at::Tensor PolicyParameters() const;
  CriticSnapshot Snapshot() const;

  // All parameters in one flat CPU tensor: for comparing two runs bit by bit.
  at::Tensor AllParameters() const;

  ~Sac();

 private:
  struct State;
  explicit Sac(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// dV_j/ds at each row of `states`, V_j(s) = Q_j(s, a_pi(s)) with the policy-mean action held
// constant (DESIGN, notation of the model losses). Computed in chunks, one batched backward
// pass per chunk and critic stack. Thread-safe: touches nothing but the snapshot.
class ValueGradientFunction {
 public:
  static absl::StatusOr<ValueGradientFunction> Create(const SacOptions& options,
                                                      const CriticSnapshot& snapshot,
                                                      ValueFunctions which);
  int64_t num_value_functions() const;
  // states: float32 [rows, obs_dim], CPU. Returns float32 [value_functions, rows, obs_dim], CPU.
  at::Tensor operator()(const at::Tensor& states);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace vagram

#endif  // LEARNER_SAC_SAC_H_
