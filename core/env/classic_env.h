#ifndef CORE_ENV_CLASSIC_ENV_H_
#define CORE_ENV_CLASSIC_ENV_H_

#include <string>

#include "core/env/classic_task.h"
#include "core/env/simulated_env.h"

namespace vagram {

// Runs a ClassicTask. All of its state is qpos and qvel, so PhysicsState's other fields must be
// empty. Thread-safety as Env.
class ClassicEnv final : public SimulatedEnv {
 public:
  // `task` must outlive the environment, as the catalogue's do. The state is zero until Reset.
  explicit ClassicEnv(const ClassicTask& task);

  const Task& task() const override { return task_.task; }
  void Reset(Rng& rng) override;
  absl::StatusOr<StepOutcome> Step(absl::Span<const double> action) override;
  void Observe(absl::Span<double> observation) const override;
  std::string Save() const override;
  absl::Status Restore(absl::string_view bytes) override;
  absl::Status SetState(const PhysicsState& state) override;
  PhysicsState State() const override;

 private:
  const ClassicTask& task_;
  PhysicsState state_;
};

}  // namespace vagram

#endif  // CORE_ENV_CLASSIC_ENV_H_
