// The scheduler's answers to users and workers; its decisions are in scheduler.cc and
// scheduler_queue.cc, what has to do with pauses in scheduler_pause.cc.
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "orchestrator/scheduler.h"
#include "orchestrator/store/timestamp.h"

namespace vagram {
namespace {

// Adds to the error of a full disk what becomes of the trial.
absl::Status WhileTrialWaits(const absl::Status& status) {
  if (!absl::IsResourceExhausted(status)) return status;
  return absl::ResourceExhaustedError(
      absl::StrCat(status.message(), "; the trial waits and goes on once there is room"));
}

}  // namespace

absl::StatusOr<Submission> Scheduler::Submit(const NewExperiment& experiment) {
  absl::MutexLock lock(&mu_);
  if (stopping_) return absl::UnavailableError("the service stops; submit again when it is back");
  ASSIGN_OR_RETURN(const Submission submission,
                   deps_.store->Submit(experiment, deps_.clock->Now()));
  if (submission.already_existed) return submission;
  for (size_t i = 0; i < experiment.trials.size(); ++i) {
    const TrialId id{submission.experiment, static_cast<int64_t>(i)};
    // Never read back: a failure here must not make an accepted experiment look refused.
    Live& live = live_[id];
    live.record = QueuedTrial(experiment, id);
    live.needs = Needs(live.record.trial.config());
  }
  if (experiment.early_stopping.has_value()) {
    std::vector<int64_t> num_steps;
    for (const NewTrial& trial : experiment.trials) num_steps.push_back(trial.config.num_steps());
    searches_.emplace(submission.experiment,
                      Search(submission.experiment, *experiment.early_stopping, num_steps));
  }
  ++versions_[submission.experiment];
  work_ = true;
  return submission;
}

absl::Status Scheduler::FindStored(const ExperimentOrTrial& id) const {
  return id.index.has_value() ? deps_.store->GetTrial({id.experiment, *id.index}).status()
                              : deps_.store->GetExperiment(id.experiment).status();
}

absl::Status Scheduler::Cancel(const ExperimentOrTrial& id) {
  absl::MutexLock lock(&mu_);
  RETURN_IF_ERROR(FindStored(id));
  return BecomeAll(
      Cancellations(id, /*except=*/nullptr, "cancelled by a user", deps_.clock->Now()));
}

std::optional<v1::Trial> Scheduler::Find(const TrialId& id) const {
  absl::MutexLock lock(&mu_);
  const auto it = live_.find(id);
  if (it == live_.end()) return std::nullopt;
  const Live& live = it->second;
  v1::Trial trial = live.record.trial;
  trial.clear_config();
  trial.set_max_attempts(MaxAttempts(live.record));
  if (trial.state() == v1::QUEUED && trial.reason().empty()) {
    trial.set_reason(QueueReason(live));
  }
  if (live.record.at_rung) {
    if (const auto search = searches_.find(id.experiment); search != searches_.end()) {
      trial.set_reason(search->second.WaitDetail(id.index));
    }
  }
  if (!live.HasPresentGang()) return trial;
  if (const std::string reason = PreemptionReason(live); !reason.empty()) trial.set_reason(reason);
  for (const Gang::Member& member : live.gang->members()) {
    v1::Worker& worker = *trial.add_workers();
    worker.set_role(member.slot.role);
    worker.set_index(member.slot.index);
    worker.set_address(member.address);
    worker.set_pid(member.process.pid);
    worker.set_host(member.host);
    worker.set_log_file(member.log_file);
    if (member.heard) *worker.mutable_last_heartbeat() = ToTimestamp(member.last_heartbeat);
    if (member.time_use.has_value()) *worker.mutable_time_use() = *member.time_use;
  }
  return trial;
}

Resources Scheduler::used() const {
  absl::MutexLock lock(&mu_);
  return used_;
}

void Scheduler::ReportUse(v1::ServiceInfo* info) const {
  const Resources now = used();
  info->set_used_slots(static_cast<int>(now.slots));
  info->set_used_threads(static_cast<int>(now.threads));
  info->set_used_memory_gib(ToGib(now.memory_mib));
}

int64_t Scheduler::Version(int64_t experiment) const {
  absl::MutexLock lock(&mu_);
  const auto it = versions_.find(experiment);
  return it == versions_.end() ? 0 : it->second;
}

bool Scheduler::AwaitChange(int64_t experiment, int64_t known, absl::Duration timeout) const {
  absl::MutexLock lock(&mu_);
  const auto changed = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    const auto it = versions_.find(experiment);
    return stopping_ || (it == versions_.end() ? 0 : it->second) != known;
  };
  return mu_.AwaitWithTimeout(absl::Condition(&changed), timeout) && !stopping_;
}

absl::StatusOr<Scheduler::Live*> Scheduler::Current(const std::string& trial_id, int64_t attempt) {
  ASSIGN_OR_RETURN(const TrialId id, ParseTrialId(trial_id));
  const auto it = live_.find(id);
  if (it == live_.end()) {
    RETURN_IF_ERROR(deps_.store->GetTrial(id).status());
    return absl::AbortedError(absl::StrCat("trial ", trial_id, " has ended"));
  }
  const Live& live = it->second;
  const int64_t current = live.record.trial.attempt();
  const bool rests = live.record.trial.state() == v1::PAUSED && !live.ComesToRest();
  if (attempt != current || live.record.trial.state() == v1::QUEUED || rests) {
    return absl::AbortedError(absl::StrCat("attempt ", attempt, " of trial ", trial_id,
                                           " is over; the present one is ", current));
  }
  return &it->second;
}

absl::Status Scheduler::Hear(Live& live, const WorkerSlot& slot, const std::string& address,
                             const std::string& host) {
  const Gang::Member* const member = live.gang == nullptr ? nullptr : live.gang->Find(slot);
  if (member == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("trial ", live.record.trial.id(), " has no worker ", slot.Name()));
  }
  // So that the next orchestrator can tell the address to a peer that asks before this worker's
  // first heartbeat.
  if (!address.empty() && address != member->address) {
    RETURN_IF_ERROR(PutWorker(live, slot, member->process, address, member->log_file));
  }
  const absl::Time now = deps_.clock->Now();
  live.gang->Hear(slot, address, host, now);
  if (live.record.trial.state() == v1::STARTING && live.gang->AllHeard()) {
    Transition running{live.record, std::nullopt};
    running.next.trial.set_state(v1::RUNNING);
    RETURN_IF_ERROR(Become(live, std::move(running)));
    live.worked_at = now;
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::RegisterResponse> Scheduler::Register(const v1::RegisterRequest& request) {
  absl::MutexLock lock(&mu_);
  ASSIGN_OR_RETURN(Live* const live, Current(request.trial_id(), request.attempt()));
  RETURN_IF_ERROR(
      Hear(*live, {request.role(), request.index()}, request.address(), request.host()));
  ++versions_[live->record.id.experiment];
  v1::RegisterResponse response;
  *response.mutable_config() = live->record.trial.config();
  v1::EnvConfig& env = *response.mutable_config()->mutable_env();
  if (!env.task().empty()) {
    ASSIGN_OR_RETURN(v1::UserTask task,
                     deps_.store->GetTask(live->record.id.experiment, env.task()));
    *env.mutable_task_files() = std::move(*task.mutable_files());
  }
  response.set_lease_seconds(absl::ToDoubleSeconds(options_.gang.lease));
  response.set_heartbeat_seconds(absl::ToDoubleSeconds(options_.heartbeat));
  response.set_grace_seconds(absl::ToDoubleSeconds(options_.preempt_grace));
  response.set_folder(deps_.results->Folder(live->record.id));
  return response;
}

absl::StatusOr<std::string> Scheduler::Resolve(const v1::ResolveRequest& request,
                                               absl::Duration max_wait) {
  const WorkerSlot slot = {request.role(), request.index()};
  absl::MutexLock lock(&mu_);
  ASSIGN_OR_RETURN(const TrialId id, ParseTrialId(request.trial_id()));
  const auto find = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) -> const Gang::Member* {
    const auto it = live_.find(id);
    const bool present = it != live_.end() && it->second.gang != nullptr &&
                         it->second.gang->attempt() == request.attempt() &&
                         it->second.record.trial.attempt() == request.attempt();
    return present ? it->second.gang->Find(slot) : nullptr;
  };
  // The wait also ends when there is nobody left to wait for.
  const auto decided = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    const Gang::Member* const member = find();
    return stopping_ || member == nullptr || !member->address.empty();
  };
  const bool in_time = mu_.AwaitWithTimeout(absl::Condition(&decided), max_wait);
  if (stopping_) return absl::UnavailableError("the service stops");
  RETURN_IF_ERROR(Current(request.trial_id(), request.attempt()).status());
  const Gang::Member* const member = find();
  if (member == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("trial ", request.trial_id(), " has no worker ", slot.Name()));
  }
  if (!in_time) {
    return absl::DeadlineExceededError(absl::StrCat(slot.Name(), " of trial ", request.trial_id(),
                                                    " has registered no address yet; ask again"));
  }
  return member->address;
}

absl::StatusOr<bool> Scheduler::Heartbeat(const v1::HeartbeatRequest& request) {
  absl::MutexLock lock(&mu_);
  ASSIGN_OR_RETURN(Live* const live, Current(request.trial_id(), request.attempt()));
  RETURN_IF_ERROR(
      Hear(*live, {request.role(), request.index()}, request.address(), request.host()));
  if (HasEnded(live->record.trial.state())) return true;
  const absl::Time now = deps_.clock->Now();
  const WorkerSlot slot = {request.role(), request.index()};
  if (request.has_time_use()) {
    totals_.time_use[slot.role] += SecondsOf(live->gang->HearTimeUse(slot, request.time_use()));
  }
  if (request.has_progress()) HearProgress(*live, request.progress(), now);
  if (request.leaving()) {
    live->gang->HearLeaving(slot);
    // Whoever tells one worker often tells all, as a predecessor of this orchestrator did: each is
    // given time to say so before it is told a second time, which would end it at once.
    const bool may_not_have_found_us = live->adopted && !live->gang->AllHeard();
    if (slot.role != v1::ACTOR) {
      PreemptGang(*live, absl::StrCat("preempted: ", slot.Name(), " was told to end"),
                  may_not_have_found_us ? options_.preempt_grace : 2 * options_.heartbeat, now);
    }
  }
  ++versions_[live->record.id.experiment];
  return live->gang->ending();
}

absl::StatusOr<int64_t> Scheduler::ReportMetrics(const v1::ReportMetricsRequest& request) {
  TrialId id;
  {
    absl::MutexLock lock(&mu_);
    ASSIGN_OR_RETURN(const Live* const live, Current(request.trial_id(), request.attempt()));
    id = live->record.id;
    ++versions_[id.experiment];
  }
  // Outside the lock: rows that come in while the attempt ends are stored under their attempt and
  // do no harm.
  const std::vector<v1::MetricRow> rows(request.rows().begin(), request.rows().end());
  const absl::StatusOr<int64_t> stored =
      deps_.store->AppendMetrics(id, request.attempt(), rows, deps_.clock->Now());
  RETURN_IF_ERROR(WhileTrialWaits(stored.status()));
  deps_.results->Update(id, request.attempt());
  // Before the answer: a report that is not answered comes again, and its rungs with it.
  absl::MutexLock lock(&mu_);
  const auto live = live_.find(id);
  if (live != live_.end() && live->second.record.trial.attempt() == request.attempt()) {
    RETURN_IF_ERROR(WhileTrialWaits(HearRows(live->second, rows)));
  }
  return *stored;
}

absl::Status Scheduler::ReportPolicy(const v1::ReportPolicyRequest& request) {
  TrialId id;
  bool wants_video = false;
  {
    absl::MutexLock lock(&mu_);
    ASSIGN_OR_RETURN(const Live* const live, Current(request.trial_id(), request.attempt()));
    id = live->record.id;
    wants_video = live->record.trial.config().evaluate().video() > 0;
  }
  const absl::StatusOr<TrialResults::PolicyPaths> paths =
      deps_.results->StorePolicy(id, request.policy(), request.last());
  RETURN_IF_ERROR(WhileTrialWaits(paths.status()));
  if (wants_video && deps_.videos != nullptr) {
    deps_.videos->Add({paths->policy, paths->video, deps_.results->LogFile(id, "video")});
  }
  return absl::OkStatus();
}

absl::Status Scheduler::FinishTrial(const v1::FinishTrialRequest& request) {
  const v1::TrialState wanted = request.succeeded() ? v1::SUCCEEDED : v1::FAILED;
  absl::MutexLock lock(&mu_);
  ASSIGN_OR_RETURN(const TrialId id, ParseTrialId(request.trial_id()));
  if (live_.count(id) == 0) {
    ASSIGN_OR_RETURN(const TrialRecord stored, deps_.store->GetTrial(id));
    // A repeat whose first answer was lost.
    if (stored.trial.attempt() == request.attempt() && stored.trial.state() == wanted) {
      return absl::OkStatus();
    }
  }
  ASSIGN_OR_RETURN(Live* const live, Current(request.trial_id(), request.attempt()));
  if (live->record.trial.state() == wanted) return absl::OkStatus();
  if (HasEnded(live->record.trial.state())) {
    return absl::AbortedError(absl::StrCat("trial ", request.trial_id(), " has ended as ",
                                           v1::TrialState_Name(live->record.trial.state())));
  }
  const absl::Time now = deps_.clock->Now();
  std::string reason;
  if (!request.succeeded()) {
    reason = request.reason().empty() ? "the learner gave no reason" : request.reason();
  }
  RETURN_IF_ERROR(Become(*live, TrialEnded(AsBeforeRest(*live), wanted, reason, now)));
  if (live->gang != nullptr) live->gang->Drain(options_.finish_grace, now);
  LOG(INFO) << "trial ended trial=" << id.ToString() << " state=" << v1::TrialState_Name(wanted)
            << (reason.empty() ? "" : " reason=") << reason;
  return absl::OkStatus();
}

}  // namespace vagram
