#include "orchestrator/gang_plan.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace vagram {
int ThreadsOf(const v1::TrialConfig& config, v1::Role role) {
  const v1::ThreadsConfig& threads = config.resources().threads();
  const int count = role == v1::LEARNER        ? threads.learner()
                    : role == v1::MODEL_SERVER ? threads.model_server()
                                               : threads.actor();
  return std::max(count, 1);
}

absl::string_view RoleName(v1::Role role) {
  switch (role) {
    case v1::ACTOR:
      return "actor";
    case v1::LEARNER:
      return "learner";
    case v1::MODEL_SERVER:
      return "model_server";
    default:
      return "unknown";
  }
}

std::string WorkerSlot::Name() const { return absl::StrCat(RoleName(role), ".", index); }

std::vector<WorkerSlot> PlanGang(const v1::TrialConfig& config) {
  std::vector<WorkerSlot> slots = {{v1::LEARNER, 0}};
  if (config.algorithm() != "sac") slots.push_back({v1::MODEL_SERVER, 0});
  for (int i = 0; i < std::max(config.resources().actors(), 1); ++i) {
    slots.push_back({v1::ACTOR, i});
  }
  return slots;
}

WorkerCommand MakeCommand(const WorkerSetting& setting, const TrialId& trial, int64_t attempt,
                          const v1::TrialConfig& config, const WorkerSlot& slot,
                          const std::string& log_file) {
  const absl::string_view role = RoleName(slot.role);
  const std::string threads = absl::StrCat(ThreadsOf(config, slot.role));
  WorkerCommand command;
  command.name = slot.Name();
  command.args = {
      absl::StrCat(setting.bin_dir, "/", role, "/", role),
      absl::StrCat("--orchestrator=", setting.address),
      absl::StrCat("--token_file=", setting.token_file),
      absl::StrCat("--trial=", trial.ToString()),
      absl::StrCat("--attempt=", attempt),
      absl::StrCat("--index=", slot.index),
  };
  // Two thread pools that spin on shared cores are many times slower than one thread, so both are
  // told their share, and to sleep when idle.
  command.environment = {
      {"OMP_NUM_THREADS", threads},
      {"OPENBLAS_NUM_THREADS", threads},
      {"OMP_WAIT_POLICY", "PASSIVE"},
  };
  command.log_file = log_file;
  command.log_heading =
      absl::StrCat("=== attempt ", attempt, " of trial ", trial.ToString(), ": ", command.name);
  return command;
}

}  // namespace vagram
