#include "orchestrator/scheduler.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "orchestrator/gang_plan.h"
#include "orchestrator/store/timestamp.h"

namespace vagram {
namespace {

constexpr absl::Duration kSaveProgressEvery = absl::Seconds(1);
// Before the attempt that follows a preemption: a worker that leaves over and over must not keep
// this loop busy.
constexpr absl::Duration kPreemptionPause = absl::Seconds(1);

// Whether both name the same file. Of one that somebody has deleted only the path is left.
bool IsSameFile(const std::string& a, const std::string& b) {
  std::error_code error;
  return a == b || std::filesystem::equivalent(a, b, error);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Scheduler>> Scheduler::Create(const Options& options,
                                                             const Deps& deps) {
  if (options.slots < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected at least 1 slot, got ", options.slots));
  }
  if (options.threads < 0 || options.memory_mib < 0) {
    return absl::InvalidArgumentError(
        "expected threads and memory of 0 (no limit) or more for all trials together");
  }
  std::unique_ptr<Scheduler> scheduler(new Scheduler(options, deps));
  absl::MutexLock lock(&scheduler->mu_);
  RETURN_IF_ERROR(scheduler->Restore());
  return scheduler;
}

absl::Status Scheduler::Restore() {
  const absl::Time now = deps_.clock->Now();
  last_tick_ = now;
  ASSIGN_OR_RETURN(std::vector<TrialRecord> unfinished, deps_.store->UnfinishedTrials());
  for (TrialRecord& record : unfinished) {
    const TrialId id = record.id;
    const bool is_new = live_.empty() || live_.rbegin()->first.experiment != id.experiment;
    live_[id].record = std::move(record);
    if (is_new) RETURN_IF_ERROR(RestoreSearch(id.experiment));
  }
  ASSIGN_OR_RETURN(const std::vector<WorkerRecord> workers, deps_.store->Workers());
  for (const WorkerRecord& worker : workers) {
    Live& live = live_[worker.trial];
    if (live.record.trial.id().empty()) {  // the trial has ended, this process may not have
      ASSIGN_OR_RETURN(live.record, deps_.store->GetTrial(worker.trial));
    }
    if (live.gang == nullptr) {
      live.gang = std::make_unique<Gang>(worker.attempt, options_.gang, deps_.launcher);
      live.adopted = true;
    }
    // It was about to be launched, and nobody knows whether it was: the attempt's end keeps out a
    // process that was.
    if (worker.pid == 0) continue;
    const WorkerSlot slot = {worker.role, worker.index};
    if (!IsSameFile(worker.log_file, deps_.results->LogFile(worker.trial, slot.Name()))) {
      LOG(WARNING) << "process of another home left alone, of which this one is a copy trial="
                   << worker.trial.ToString() << " name=" << slot.Name() << " pid=" << worker.pid
                   << " log=" << worker.log_file;
      continue;
    }
    live.gang->Add(slot, {worker.host, worker.pid, worker.incarnation}, worker.log_file,
                   worker.address, now);
  }
  for (auto& [id, live] : live_) {
    live.needs = Needs(live.record.trial.config());
    if (live.gang != nullptr) used_ += live.needs;
  }
  for (auto& [id, live] : live_) RETURN_IF_ERROR(TakeOver(live, now));
  return absl::OkStatus();
}

absl::Status Scheduler::TakeOver(Live& live, absl::Time now) {
  const v1::Trial& trial = live.record.trial;
  if (live.ComesToRest()) {
    // They were told by the orchestrator before, or it died just then: so not at once, for a second
    // time ends what they save.
    PreemptGang(live, trial.reason(), /*tell_after=*/options_.preempt_grace, now);
    return absl::OkStatus();
  }
  if (!IsActive(trial.state())) {
    if (live.gang != nullptr) live.gang->Terminate(now);
    return absl::OkStatus();
  }
  std::string lost;
  if (live.gang == nullptr || live.gang->attempt() != trial.attempt()) {
    lost = "no process of it is recorded";
  } else if (live.gang->members().empty()) {
    lost = "its processes are of the home that this one was copied from";
  } else if (live.gang->members().size() != PlanGang(trial.config()).size()) {
    lost = "a process of it was about to be started";
  } else {
    live.gang->Advance(now);
    lost = live.gang->failure();
    // Whatever became of actors meanwhile is not their fault.
    for (const Gang::Loss& loss : live.gang->TakeLosses()) live.vacant.push_back(loss.slot);
  }
  if (lost.empty()) {
    live.worked_at = now;
    deps_.results->Update(live.record.id, trial.attempt());
    LOG(INFO) << "trial taken over trial=" << trial.id() << " attempt=" << trial.attempt();
    return absl::OkStatus();
  }
  if (live.gang != nullptr) live.gang->Terminate(now);
  return EndAttempt(live, absl::StrCat("the orchestrator restarted and ", lost), /*counts=*/false,
                    absl::ZeroDuration(), now);
}

void Scheduler::Start(const std::string& address) {
  absl::MutexLock lock(&mu_);
  address_ = address;
}

void Scheduler::Stop() {
  absl::MutexLock lock(&mu_);
  stopping_ = true;
  const absl::Time now = deps_.clock->Now();
  for (auto& [id, live] : live_) {
    if (live.gang == nullptr) continue;
    if (live.HasPresentGang() && !HasEnded(live.record.trial.state())) {
      PreemptGang(live, "the service was stopped", /*tell_after=*/absl::ZeroDuration(), now);
    } else {
      live.gang->Terminate(now);
    }
  }
}

bool Scheduler::Idle() const {
  absl::MutexLock lock(&mu_);
  return std::all_of(live_.begin(), live_.end(),
                     [](const auto& entry) { return entry.second.gang == nullptr; });
}

void Scheduler::Tick() {
  absl::MutexLock lock(&mu_);
  work_ = false;
  const absl::Time now = deps_.clock->Now();
  // A lease measures a worker's silence while somebody listened: time in which this process did
  // not run (suspended, or the clock was set) does not count.
  const absl::Duration away = now - last_tick_;
  const bool was_away = away > options_.gang.lease / 2;
  last_tick_ = now;
  for (auto it = live_.begin(); it != live_.end();) {
    Live& live = it->second;
    if (was_away && live.gang != nullptr) {
      live.gang->RenewLeases(now);
      live.worked_at += away;
    }
    LookAfter(live, now);
    const bool over = live.gang == nullptr && HasEnded(live.record.trial.state());
    if (over) deps_.results->End(it->first);
    it = over ? live_.erase(it) : std::next(it);
  }
  DecideSearches();
  if (!stopping_ && !address_.empty()) StartQueued(now);
  SaveProgress(now);
}

void Scheduler::LookAfter(Live& live, absl::Time now) {
  if (live.gang == nullptr) return;
  const TrialId id = live.record.id;
  Gang& gang = *live.gang;
  gang.Advance(now);
  if (live.HasPresentGang() && IsActive(live.record.trial.state())) {
    if (!gang.leaving()) FindStall(live, now);
    if (!gang.leaving()) ReplaceActors(live, now);
    absl::Status ended;
    if (!gang.failure().empty()) {
      // Workers that never found this orchestrator were lost to its predecessor's end.
      const bool counts = !live.adopted || gang.AllHeard();
      ended = EndAttempt(live, gang.failure(), counts, absl::ZeroDuration(), now);
    } else if (!gang.left().empty()) {
      ended = EndAttempt(live, absl::StrCat("preempted: ", gang.left()), /*counts=*/false,
                         kPreemptionPause, now);
    } else if (gang.AllGone() && gang.leaving()) {
      ended = EndAttempt(live, live.preempted, /*counts=*/false, kPreemptionPause, now);
    }
    if (!ended.ok()) {
      LOG_EVERY_N(ERROR, 100) << "attempt's end not stored trial=" << id.ToString() << " " << ended;
      return;
    }
  } else if (live.ComesToRest() && gang.AllGone()) {
    TrialRecord record = live.record;
    if (CameFurther(record)) record.failures = 0;
    const absl::Status status = Become(live, AttemptRested(record, now));
    if (!status.ok()) {
      LOG_EVERY_N(ERROR, 100) << "pause not stored trial=" << id.ToString() << " " << status;
      return;
    }
  }
  if (!gang.AllGone() || IsActive(live.record.trial.state())) return;
  const absl::Status status = deps_.store->RemoveWorkers(id, gang.attempt());
  if (!status.ok()) {
    LOG_EVERY_N(ERROR, 100) << "workers not removed trial=" << id.ToString() << " " << status;
    return;
  }
  live.gang.reset();
  used_ -= live.needs;
  live.adopted = false;
  live.preempted.clear();
  ++versions_[id.experiment];
}

absl::Status Scheduler::EndAttempt(Live& live, const std::string& reason, bool counts,
                                   absl::Duration pause, absl::Time now) {
  TrialRecord record = live.record;
  if (CameFurther(record)) record.failures = 0;
  RETURN_IF_ERROR(Become(live, AttemptEnded(record, reason, counts, now)));
  LOG(WARNING) << "attempt ended trial=" << record.id.ToString()
               << " attempt=" << record.trial.attempt() << " reason=" << reason;
  ++(counts ? totals_.failed_attempts : totals_.interrupted_attempts);
  live.not_before = now + (counts ? RestartPause(live.record.failures) : pause);
  return absl::OkStatus();
}

bool Scheduler::CameFurther(const TrialRecord& record) const {
  // Without checkpoints every attempt begins anew, and coming further is luck.
  if (record.trial.config().checkpoint().every_epochs() == 0) return false;
  const int64_t attempt = record.trial.attempt();
  const absl::StatusOr<int64_t> now = deps_.store->NumMetrics(record.id, attempt);
  const absl::StatusOr<int64_t> before = deps_.store->MostMetrics(record.id, attempt);
  return now.ok() && before.ok() && *now > *before;
}

void Scheduler::SaveProgress(absl::Time now) {
  if (now - progress_saved_at_ < kSaveProgressEvery) return;
  progress_saved_at_ = now;
  std::vector<std::pair<TrialId, v1::Progress>> changed;
  for (const auto& [id, live] : live_) {
    if (!live.progress_saved) changed.emplace_back(id, live.record.trial.progress());
  }
  if (changed.empty()) return;
  const absl::Status status = deps_.store->SaveProgress(changed);
  LOG_IF_EVERY_N(ERROR, !status.ok(), 100) << "progress not saved " << status;
  if (!status.ok()) return;
  for (auto& [id, live] : live_) live.progress_saved = true;
}

absl::Status Scheduler::Become(Live& live, Transition transition) {
  std::vector<Change> changes;
  const TrialRecord& next = transition.next;
  if (next.trial.state() == v1::FAILED && next.fail_fast) {
    changes = Cancellations(
        {next.id.experiment, std::nullopt}, &live,
        absl::StrCat("trial ", next.id.ToString(), " failed and the experiment is to fail fast"),
        FromTimestamp(next.trial.ended_at()));
  }
  changes.push_back({&live, std::move(transition)});
  return BecomeAll(std::move(changes));
}

absl::Status Scheduler::BecomeAll(std::vector<Change> changes, const EarlyStoppingUpdate& update) {
  std::vector<TrialUpdate> updates;
  for (const Change& change : changes) {
    const std::optional<v1::AttemptRecord>& ended = change.transition.ended;
    updates.push_back({&change.transition.next, ended.has_value() ? &*ended : nullptr});
  }
  RETURN_IF_ERROR(deps_.store->UpdateTrials(updates, update));
  const absl::Time now = deps_.clock->Now();
  for (auto& [experiment, search] : searches_) search.Add(update);
  for (const RungResult& result : update.results) {
    live_.at(result.trial).record.trial.set_rungs(result.rung);
  }
  for (Change& change : changes) {
    Live& live = *change.live;
    const int rungs = live.record.trial.rungs();
    live.record = std::move(change.transition.next);
    live.record.trial.set_rungs(rungs);
    live.progress_saved = true;
    ++versions_[live.record.id.experiment];
    work_ = true;
    const v1::TrialState state = live.record.trial.state();
    if ((state == v1::CANCELLED || state == v1::STOPPED) && live.gang != nullptr) {
      live.gang->Terminate(now);
    }
    if (Search* const search = FindSearch(live.record.id.experiment); search != nullptr) {
      search->SetFate(live.record.id.index, FateOf(state, live.record.at_rung));
      undecided_.insert(live.record.id.experiment);
    }
  }
  return absl::OkStatus();
}

std::vector<Scheduler::Change> Scheduler::Cancellations(const ExperimentOrTrial& id,
                                                        const Live* except,
                                                        const std::string& reason, absl::Time now) {
  std::vector<Change> changes;
  for (auto it = live_.lower_bound({id.experiment, id.index.value_or(0)});
       it != live_.end() && id.Covers(it->first); ++it) {
    Live& live = it->second;
    if (&live == except || HasEnded(live.record.trial.state())) continue;
    changes.push_back({&live, TrialEnded(AsBeforeRest(live), v1::CANCELLED, reason, now)});
  }
  return changes;
}

void Scheduler::AwaitWork(absl::Duration timeout) {
  absl::MutexLock lock(&mu_);
  mu_.AwaitWithTimeout(absl::Condition(&work_), timeout);
}

void Scheduler::Wake() {
  absl::MutexLock lock(&mu_);
  work_ = true;
}

}  // namespace vagram
