#include "core/env/plugin/plugin_env.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/env/env_contract.h"
#include "core/env/plugin/call_plugin.h"

namespace vagram {
namespace {

// A library that forgets to write a value is found out by it.
constexpr double kUnset = std::numeric_limits<double>::quiet_NaN();

// What is learned from is held in float32.
bool FiniteAsFloat(double value) { return std::isfinite(static_cast<float>(value)); }

// A failure with the name of the task whose it is.
absl::Status Of(const Task& task, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat("plug-in task ", task.id, ": ", status.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<PluginEnv>> PluginEnv::Create(
    std::shared_ptr<const PluginTask> task) {
  std::unique_ptr<plugin::Simulation> simulation;
  RETURN_IF_ERROR(Of(task->task, CallPlugin("make", [&] {
                       plugin::Error error = nullptr;
                       simulation.reset(task->make(&error));
                       if (simulation == nullptr && error == nullptr) error = "it returned null";
                       return error;
                     })));
  auto env = absl::WrapUnique(new PluginEnv(std::move(task), std::move(simulation)));
  Rng rng(0);
  env->Reset(rng);
  RETURN_IF_ERROR(env->status_);
  return env;
}

PluginEnv::PluginEnv(std::shared_ptr<const PluginTask> task,
                     std::unique_ptr<plugin::Simulation> simulation)
    : task_(std::move(task)),
      simulation_(std::move(simulation)),
      observation_(task_->task.obs_dim) {}

void PluginEnv::Reset(Rng& rng) {
  const uint64_t seed = rng.Next();
  absl::Status status = CallPlugin("Reset", [&] { return simulation_->Reset(seed); });
  if (status.ok()) status = NoteObservation();
  status_ = Of(task(), status);
}

absl::StatusOr<StepOutcome> PluginEnv::Step(absl::Span<const double> action) {
  // First: a policy that has seen a failed simulation's observation is not to blame for its action.
  RETURN_IF_ERROR(status_);
  RETURN_IF_ERROR(CheckAction(task(), action));
  StepOutcome outcome;
  outcome.reward = kUnset;
  absl::Status status = CallPlugin("Step", [&] {
    return simulation_->Step(action.data(), &outcome.reward, &outcome.terminated);
  });
  if (status.ok() && !FiniteAsFloat(outcome.reward)) {
    status = absl::InternalError(
        absl::StrCat("Step gave the reward ", outcome.reward, ", expected a finite number"));
  }
  if (status.ok()) status = NoteObservation();
  status_ = Of(task(), status);
  RETURN_IF_ERROR(status_);
  return outcome;
}

void PluginEnv::Observe(absl::Span<double> observation) const {
  std::copy(observation_.begin(), observation_.end(), observation.begin());
}

std::string PluginEnv::Save() const {
  std::string state(task_->state_size, '\0');
  const absl::Status status = CallPlugin("Save", [&]() -> plugin::Error {
    simulation_->Save(reinterpret_cast<unsigned char*>(state.data()));
    return nullptr;
  });
  if (status.ok()) return PackState(task(), state);
  LOG(ERROR) << Of(task(), status).message();
  return PackState(task(), "");
}

absl::Status PluginEnv::Restore(absl::string_view bytes) {
  ASSIGN_OR_RETURN(const absl::string_view state, UnpackState(task(), bytes, task_->state_size));
  plugin::Error refusal = nullptr;
  absl::Status status = CallPlugin("Restore", [&]() -> plugin::Error {
    refusal = simulation_->Restore(reinterpret_cast<const unsigned char*>(state.data()));
    return nullptr;
  });
  if (refusal != nullptr) {
    return Of(task(),
              absl::InvalidArgumentError(absl::StrCat("Restore refused the state: ", refusal)));
  }
  if (status.ok()) status = NoteObservation();
  status_ = Of(task(), status);
  return status_;
}

absl::Status PluginEnv::NoteObservation() {
  std::fill(observation_.begin(), observation_.end(), kUnset);
  RETURN_IF_ERROR(CallPlugin("Observe", [&]() -> plugin::Error {
    simulation_->Observe(observation_.data());
    return nullptr;
  }));
  for (size_t i = 0; i < observation_.size(); ++i) {
    if (FiniteAsFloat(observation_[i])) continue;
    return absl::InternalError(absl::StrCat("Observe gave ", observation_[i], " at position ", i,
                                            ", expected a finite number"));
  }
  return absl::OkStatus();
}

}  // namespace vagram
