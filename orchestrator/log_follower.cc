#include "orchestrator/log_follower.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "orchestrator/gang_plan.h"
#include "orchestrator/store/trial_id.h"

namespace vagram {
namespace {

constexpr char kLogSuffix[] = ".log";

// The workers that have a log, such as actor.0, in order.
std::vector<std::string> WorkersWithLogs(const std::string& folder, v1::Role role) {
  std::vector<std::string> workers;
  std::error_code error;  // a folder that is not there yet has no logs
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() != kLogSuffix) continue;
    const std::string worker = entry.path().stem().string();
    if (role == v1::ROLE_UNSPECIFIED ||
        absl::StartsWith(worker, absl::StrCat(RoleName(role), "."))) {
      workers.push_back(worker);
    }
  }
  std::sort(workers.begin(), workers.end());
  return workers;
}

// There is one learner and one model server, so these need no number.
std::string Source(const std::string& worker) {
  if (absl::StartsWith(worker, RoleName(v1::ACTOR))) return worker;
  return worker.substr(0, worker.find('.'));
}

}  // namespace

bool LogFollower::Read(const v1::Experiment& experiment, bool last,
                       const std::function<bool(const v1::LogChunk&)>& send) {
  for (const v1::Trial& trial : experiment.trials()) {
    const absl::StatusOr<TrialId> id = ParseTrialId(trial.id());
    if (!id.ok()) continue;
    for (const std::string& worker : WorkersWithLogs(results_->LogFolder(*id), role_)) {
      const std::string path = results_->LogFile(*id, worker);
      LogTail& log = logs_.try_emplace(path, path, tail_lines_).first->second;
      v1::LogChunk chunk;
      chunk.set_trial_id(trial.id());
      chunk.set_source(Source(worker));
      for (std::string text = log.Next(last); !text.empty(); text = log.Next(last)) {
        chunk.set_text(std::move(text));
        if (!send(chunk)) return false;
      }
    }
  }
  return true;
}

}  // namespace vagram
