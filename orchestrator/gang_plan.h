#ifndef ORCHESTRATOR_GANG_PLAN_H_
#define ORCHESTRATOR_GANG_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "orchestrator/launcher/launcher.h"
#include "orchestrator/store/trial_id.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// A place in a gang.
struct WorkerSlot {
  v1::Role role = v1::ROLE_UNSPECIFIED;
  int index = 0;

  std::string Name() const;  // such as learner.0

  friend bool operator==(const WorkerSlot& a, const WorkerSlot& b) {
    return a.role == b.role && a.index == b.index;
  }
};

// actor, learner or model_server.
absl::string_view RoleName(v1::Role role);

// The workers that one attempt of a trial consists of. Model-free trials have no model server.
std::vector<WorkerSlot> PlanGang(const v1::TrialConfig& config);

// The compute threads of one worker of that role.
int ThreadsOf(const v1::TrialConfig& config, v1::Role role);

// What every worker of a service is told.
struct WorkerSetting {
  std::string bin_dir;  // BIN_DIR/learner/learner and so on
  std::string address;  // of the orchestrator
  std::string token_file;
};

// The command line and environment of one worker.
WorkerCommand MakeCommand(const WorkerSetting& setting, const TrialId& trial, int64_t attempt,
                          const v1::TrialConfig& config, const WorkerSlot& slot,
                          const std::string& log_file);

}  // namespace vagram

#endif  // ORCHESTRATOR_GANG_PLAN_H_
