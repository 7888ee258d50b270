#ifndef CORE_ENV_DISTRACTORS_DISTRACTOR_ENV_H_
#define CORE_ENV_DISTRACTORS_DISTRACTOR_ENV_H_

#include <memory>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/env/distractors/distractor_dynamics.h"
#include "core/env/env.h"

namespace vagram {

// `task` with `spec.dims` more entries in its observation. The id stays; reward and end look at the
// task's own entries only, also when they are judged by the observation. (In the VaGraM authors'
// code the end of an imagined episode looks at the distractors too.)
Task WithDistractors(const Task& task, const DistractorSpec& spec);

// Another environment with distractors behind its observation (VaGraM, Appendix E). What the other
// one does, its rewards and its ends stay as they are. Thread-safety as Env.
class DistractorEnv final : public Env {
 public:
  // With distractors as at the start of an episode; Reset begins the first one.
  DistractorEnv(std::unique_ptr<Env> env, std::shared_ptr<const DistractorDynamics> dynamics);

  const Task& task() const override { return task_; }

  // Resets the environment first, so that its first start for a seed is the one without
  // distractors; then takes one draw from `rng`, whatever the kind, to seed the episode's noise.
  void Reset(Rng& rng) override;

  // Steps the environment, then the distractors. An action that is refused moves neither.
  absl::StatusOr<StepOutcome> Step(absl::Span<const double> action) override;

  void Observe(absl::Span<double> observation) const override;

  // Bytes: a header that names task, kind, dims and seed, and a zero byte; the noise generator; the
  // distractors as the machine holds them; the environment's own bytes.
  std::string Save() const override;
  absl::Status Restore(absl::string_view bytes) override;
  const SimulatedEnv* Simulation() const override { return env_->Simulation(); }

 private:
  const std::unique_ptr<Env> env_;
  const std::shared_ptr<const DistractorDynamics> dynamics_;
  const Task task_;
  Rng noise_{0};
  std::vector<double> state_;  // [dims]
};

}  // namespace vagram

#endif  // CORE_ENV_DISTRACTORS_DISTRACTOR_ENV_H_
