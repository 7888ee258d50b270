// How trials are paused at rungs, let go on, and stopped.
#include <set>
#include <utility>
#include <vector>

#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "orchestrator/scheduler.h"

namespace vagram {
namespace {

constexpr char kPromoted[] = "waited at a rung and was promoted";

}  // namespace

absl::Status Scheduler::RestoreSearch(int64_t experiment) {
  ASSIGN_OR_RETURN(const std::optional<EarlyStoppingRecord> record,
                   deps_.store->GetEarlyStopping(experiment));
  if (!record.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::Experiment stored, deps_.store->GetExperiment(experiment));
  std::vector<int64_t> num_steps;
  for (const v1::Trial& trial : stored.trials()) num_steps.push_back(trial.config().num_steps());
  Search search(experiment, record->early_stopping, num_steps);
  search.Add({record->results, record->promotions});
  for (int64_t index = 0; index < stored.trials_size(); ++index) {
    const v1::TrialState state = stored.trials(static_cast<int>(index)).state();
    bool at_rung = false;
    if (state == v1::PAUSED) {
      ASSIGN_OR_RETURN(const TrialRecord trial, deps_.store->GetTrial({experiment, index}));
      at_rung = trial.at_rung;
    }
    search.SetFate(index, FateOf(state, at_rung));
  }
  searches_.emplace(experiment, std::move(search));
  undecided_.insert(experiment);
  return absl::OkStatus();
}

Search* Scheduler::FindSearch(int64_t experiment) {
  const auto found = searches_.find(experiment);
  return found == searches_.end() ? nullptr : &found->second;
}

absl::Status Scheduler::HearRows(Live& live, absl::Span<const v1::MetricRow> rows) {
  const TrialId id = live.record.id;
  const Search* const present = FindSearch(id.experiment);
  if (present == nullptr || HasEnded(live.record.trial.state())) return absl::OkStatus();
  EarlyStoppingUpdate update;
  update.results = present->NewResults(id.index, rows);
  if (update.results.empty()) return absl::OkStatus();
  Search search = *present;
  search.Add(update);
  if (IsActive(live.record.trial.state()) && search.MustWait(id.index)) {
    search.SetFate(id.index, asha::Fate::kWaits);
  }
  return Conclude(std::move(search), std::move(update));
}

absl::Status Scheduler::Conclude(Search search, EarlyStoppingUpdate update) {
  const int64_t experiment = search.experiment();
  const asha::Decision decision = search.Decide();
  for (const auto& [arm, rung] : decision.promoted) {
    update.promotions.push_back({experiment, static_cast<int64_t>(arm), rung});
  }
  search.Add(update);
  const std::set<size_t> stopped(decision.stopped.begin(), decision.stopped.end());
  const absl::Time now = deps_.clock->Now();
  std::vector<Change> changes;
  std::vector<Live*> resting, going_on;
  for (auto it = live_.lower_bound({experiment, 0});
       it != live_.end() && it->first.experiment == experiment; ++it) {
    Live& live = it->second;
    const int64_t index = it->first.index;
    if (search.FateOfTrial(index) != asha::Fate::kWaits) continue;
    if (stopped.count(search.ArmOf(index)) > 0) {
      const std::string reason = search.StopReason(index);
      changes.push_back({&live, TrialEnded(AsBeforeRest(live), v1::STOPPED, reason, now)});
    } else if (!search.MustWait(index)) {
      if (!live.record.at_rung) continue;  // it has just come here, and need not rest
      changes.push_back({&live, GoesOn(live)});
      going_on.push_back(&live);
    } else if (!live.record.at_rung) {
      changes.push_back({&live, Paused(live.record, search.WaitReason(index), /*at_rung=*/true)});
      resting.push_back(&live);
    }
  }
  if (changes.empty() && update.results.empty() && update.promotions.empty()) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(BecomeAll(std::move(changes), update));
  for (Live* const live : going_on) WentOn(*live, kPromoted);
  for (Live* const live : resting) {
    PreemptGang(*live, live->record.trial.reason(), /*tell_after=*/absl::ZeroDuration(), now);
  }
  return absl::OkStatus();
}

void Scheduler::DecideSearches() {
  for (const int64_t experiment : std::exchange(undecided_, {})) {
    const Search* const search = FindSearch(experiment);
    if (search == nullptr) continue;
    const absl::Status status = Conclude(*search, {});
    if (status.ok()) continue;
    LOG_EVERY_N(ERROR, 100) << "early stopping not stored experiment=" << experiment << " "
                            << status;
    undecided_.insert(experiment);
  }
  for (auto it = searches_.begin(); it != searches_.end();) {
    const auto live = live_.lower_bound({it->first, 0});
    const bool over = live == live_.end() || live->first.experiment != it->first;
    it = over ? searches_.erase(it) : std::next(it);
  }
}

Transition Scheduler::ResumedOrWaits(const Live& live) {
  const TrialId id = live.record.id;
  const Search* const search = FindSearch(id.experiment);
  return search != nullptr && search->MustWait(id.index)
             ? Paused(live.record, search->WaitReason(id.index), /*at_rung=*/true)
             : GoesOn(live);
}

}  // namespace vagram
