#ifndef CORE_ENV_PLUGIN_PLUGIN_ENV_H_
#define CORE_ENV_PLUGIN_PLUGIN_ENV_H_

#include <memory>
#include <string>
#include <vector>

#include "core/env/env.h"
#include "core/env/plugin/plugin_task.h"

namespace vagram {

// Runs a simulation of a user's shared library and holds it to Env's contract: what the library
// reports, throws, or gives that is not finite becomes an error. Thread-safety as Env.
class PluginEnv final : public Env {
 public:
  // Started from an arbitrary but fixed seed; Reset begins the first episode.
  //   INTERNAL: the library could not make or start a simulation; says what it reported.
  static absl::StatusOr<std::unique_ptr<PluginEnv>> Create(std::shared_ptr<const PluginTask> task);

  const Task& task() const override { return task_->task; }

  // A failure is what the next Step returns.
  void Reset(Rng& rng) override;

  // As Env::Step; besides, INTERNAL: the library failed in this step or since the last Reset or
  // Restore; only these help.
  absl::StatusOr<StepOutcome> Step(absl::Span<const double> action) override;

  // After a failure it is of no meaning.
  void Observe(absl::Span<double> observation) const override;

  // Logs a failure, and then gives bytes that Restore refuses.
  std::string Save() const override;
  absl::Status Restore(absl::string_view bytes) override;

 private:
  PluginEnv(std::shared_ptr<const PluginTask> task, std::unique_ptr<plugin::Simulation> simulation);

  // Takes and checks the observation of the present state.
  absl::Status NoteObservation();

  const std::shared_ptr<const PluginTask> task_;
  const std::unique_ptr<plugin::Simulation> simulation_;
  std::vector<double> observation_;  // [obs_dim]
  absl::Status status_;              // of the simulation since its state was last set
};

}  // namespace vagram

#endif  // CORE_ENV_PLUGIN_PLUGIN_ENV_H_
