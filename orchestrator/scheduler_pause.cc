// How trials are paused, resumed and preempted.
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "orchestrator/scheduler.h"

namespace vagram {
namespace {

constexpr char kPaused[] = "paused by a user";

}  // namespace

absl::Status Scheduler::Pause(const ExperimentOrTrial& id) {
  absl::MutexLock lock(&mu_);
  RETURN_IF_ERROR(FindStored(id));
  std::vector<Change> changes;
  std::vector<Live*> paused;
  for (auto it = live_.lower_bound({id.experiment, id.index.value_or(0)});
       it != live_.end() && id.Covers(it->first); ++it) {
    Live& live = it->second;
    const bool is_paused = live.record.trial.state() == v1::PAUSED && !live.record.at_rung;
    if (HasEnded(live.record.trial.state()) || is_paused) continue;
    changes.push_back({&live, Paused(live.record, kPaused)});
    paused.push_back(&live);
  }
  // Stored before any process is told: should this one die between the two, the next one finds
  // trials that are not to run.
  RETURN_IF_ERROR(BecomeAll(std::move(changes)));
  const absl::Time now = deps_.clock->Now();
  for (Live* const live : paused) {
    PreemptGang(*live, kPaused, /*tell_after=*/absl::ZeroDuration(), now);
    LOG(INFO) << "trial paused trial=" << live->record.id.ToString();
  }
  return absl::OkStatus();
}

absl::Status Scheduler::Resume(const ExperimentOrTrial& id) {
  absl::MutexLock lock(&mu_);
  RETURN_IF_ERROR(FindStored(id));
  std::vector<Live*> resumed;
  for (auto it = live_.lower_bound({id.experiment, id.index.value_or(0)});
       it != live_.end() && id.Covers(it->first); ++it) {
    Live& live = it->second;
    const v1::TrialState state = live.record.trial.state();
    if (state != v1::PAUSED && state != v1::FAILED) continue;
    if (live.record.at_rung) continue;  // which is not for users to end
    resumed.push_back(&live);
  }
  // Those that failed and whose processes are gone are not live any more.
  std::map<TrialId, Live> failed;
  ASSIGN_OR_RETURN(const v1::Experiment experiment, deps_.store->GetExperiment(id.experiment));
  if (FindSearch(id.experiment) == nullptr) RETURN_IF_ERROR(RestoreSearch(id.experiment));
  for (int i = 0; i < experiment.trials_size(); ++i) {
    const TrialId trial{id.experiment, i};
    if (!id.Covers(trial) || experiment.trials(i).state() != v1::FAILED) continue;
    if (live_.count(trial) > 0) continue;
    Live& live = failed[trial];
    ASSIGN_OR_RETURN(live.record, deps_.store->GetTrial(trial));
    live.needs = Needs(live.record.trial.config());
    resumed.push_back(&live);
  }
  std::vector<Change> changes;
  for (Live* const live : resumed) changes.push_back({live, ResumedOrWaits(*live)});
  RETURN_IF_ERROR(BecomeAll(std::move(changes)));
  live_.merge(failed);  // which moves none of them in memory
  for (Live* const live : resumed) {
    WentOn(*live, absl::StrCat(kPaused, " and resumed"));
    LOG(INFO) << "trial resumed trial=" << live->record.id.ToString();
  }
  return absl::OkStatus();
}

absl::Status Scheduler::Preempt(const ExperimentOrTrial& id) {
  absl::MutexLock lock(&mu_);
  RETURN_IF_ERROR(FindStored(id));
  const absl::Time now = deps_.clock->Now();
  for (auto it = live_.lower_bound({id.experiment, id.index.value_or(0)});
       it != live_.end() && id.Covers(it->first); ++it) {
    if (!IsActive(it->second.record.trial.state())) continue;
    PreemptGang(it->second, "preempted by a user", /*tell_after=*/absl::ZeroDuration(), now);
  }
  return absl::OkStatus();
}

void Scheduler::PreemptGang(Live& live, const std::string& why, absl::Duration tell_after,
                            absl::Time now) {
  if (!live.HasPresentGang()) return;
  if (live.preempted.empty()) {
    live.preempted = why;
    LOG(INFO) << "trial preempted trial=" << live.record.id.ToString()
              << " attempt=" << live.gang->attempt() << " reason=" << why;
  }
  live.gang->Preempt(options_.preempt_grace, tell_after, now);
  ++versions_[live.record.id.experiment];
  work_ = true;
}

Transition Scheduler::GoesOn(const Live& live) {
  // While its processes still save it is a preempted trial like others, which is queued when they
  // are gone, also by the next orchestrator.
  const bool saves = live.ComesToRest() && !live.gang->AllGone();
  return saves ? RunsAgain(live.record) : Resumed(live.record);
}

void Scheduler::WentOn(Live& live, const std::string& why) {
  if (IsActive(live.record.trial.state())) {
    live.preempted = why;
  } else {
    live.not_before = absl::InfinitePast();
  }
}

TrialRecord Scheduler::AsBeforeRest(const Live& live) {
  return live.ComesToRest() ? RunsAgain(live.record).next : live.record;
}

std::string Scheduler::PreemptionReason(const Live& live) {
  if (live.preempted.empty() || HasEnded(live.record.trial.state())) return "";
  const bool saves = live.record.trial.config().checkpoint().every_epochs() > 0;
  const char* const now = saves ? "saving a checkpoint" : "ending its processes";
  return live.record.trial.state() == v1::PAUSED
             ? absl::StrCat(now, ", then ",
                            live.record.at_rung ? live.record.trial.reason() : "paused")
             : absl::StrCat(now, ", then queued: ", live.preempted);
}

}  // namespace vagram
