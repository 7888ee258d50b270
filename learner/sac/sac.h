#ifndef LEARNER_SAC_SAC_H_
#define LEARNER_SAC_SAC_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/replay/transition_batch.h"
#include "learner/sac/agent_options.h"
#include "learner/sac/critic_targets.h"
#include "learner/sac/losses.h"
#include "learner/sac/sac_metrics.h"
#include "proto/checkpoint.pb.h"

namespace vagram {

// Which value functions: the critics, their targets, or both (critics first).
enum class ValueFunctions { kAll, kCritics, kTargets };
absl::StatusOr<ValueFunctions> ParseValueFunctions(absl::string_view name);

// The immutable parameters that value gradients are taken of.
struct CriticSnapshot {
  int64_t version = 0;
  at::Tensor actor;    // flat
  at::Tensor critics;  // flat, SacOptions::critics networks
  at::Tensor targets;  // flat, as many
  double temperature = 0;
};

// Soft actor-critic (Haarnoja 2018, second version): tanh-Gaussian policy, critics with targets,
// learned temperature; with the options of README.md. One Update is one gradient step of everything
// that is due.
// Not thread-safe; snapshots are copies and may be used anywhere.
class Sac {
 public:
  //   INVALID_ARGUMENT: impossible options.
  static absl::StatusOr<std::unique_ptr<Sac>> Create(SacOptions options, uint64_t seed);

  // One update on a batch of options.batch_size transitions.
  // Critic target: r + gamma (1 - terminated) (min_j Q'_j(s', a') - alpha log pi(a'|s')), j over
  // target_subset critics drawn for this update. With `targets` the critics are trained on what it
  // makes of the batch instead.
  void Update(const TransitionBatch& batch, CriticTargets* targets = nullptr);

  // Means since the last call, which starts a new window.
  SacMetrics TakeMetrics();

  // OK while everything that updates computed since the last TakeMetrics and the actor's parameters
  // are finite. Waits for the device: for once per step, not per update.
  //   INTERNAL (DivergedError): names what stopped being finite first and in which update, the last
  //   finite critic loss and mean Q, and what to try.
  absl::Status CheckFinite();

  int64_t updates() const;

  // The networks themselves, which every update changes in place.
  const SacLosses::Networks& networks() const;

  // The actor's flat parameters (float32, CPU copy); their version is updates().
  at::Tensor PolicyParameters() const;
  CriticSnapshot Snapshot() const;

  // Everything that later updates depend on, with the window of metrics so far, and back: updates
  // and metrics go on bit for bit. Restore takes the state of an agent with the same options.
  //   INVALID_ARGUMENT: another agent's; names what does not fit. The agent is then of no use.
  v1::SacState SaveState() const;
  absl::Status RestoreState(const v1::SacState& state);

  // All parameters in one flat CPU tensor: for comparing two runs bit by bit.
  at::Tensor AllParameters() const;

  ~Sac();

 private:
  struct State;
  explicit Sac(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// dV_j/ds at each row of `states`, V_j(s) = Q_j(s, a_pi(s)) with the action, the policy's mean or a
// draw of it, held constant or, `through_policy`, not: dQ/ds + (da/ds)^T dQ/da. Computed in chunks,
// one batched backward pass per chunk and critic stack. Thread-safe: touches nothing but the
// snapshot.
class ValueGradientFunction {
 public:
  static absl::StatusOr<ValueGradientFunction> Create(const SacOptions& options,
                                                      const CriticSnapshot& snapshot,
                                                      ValueFunctions which,
                                                      bool through_policy = false);
  int64_t num_value_functions() const;
  // states: float32 [rows, obs_dim], CPU; action_noise: standard normal [rows, act_dim] that draws
  // the actions, or undefined for the mean. Returns float32 [value_functions, rows, obs_dim], CPU.
  at::Tensor operator()(const at::Tensor& states, const at::Tensor& action_noise = at::Tensor());

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace vagram

#endif  // LEARNER_SAC_SAC_H_
