// Which trial is launched when, and why others wait.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "orchestrator/gang_plan.h"
#include "orchestrator/scheduler.h"

namespace vagram {
namespace {

// Between two launches while the disk is full, as between two tries of a learner's to save a
// checkpoint.
constexpr absl::Duration kFullDiskPause = absl::Seconds(5);

std::string TooWide(Resource resource, const Resources& needs, const Resources& limits) {
  return absl::StrCat("needs ", Amount(resource, needs), ", the service has ",
                      Number(resource, limits), "; lower ", KeyOf(resource),
                      " or start the service with more (`vagram up ", FlagOf(resource), "`)");
}

std::string WaitsFor(Resource resource, const Resources& needs, const Resources& used,
                     const Resources& limits) {
  if (resource != Resource::kSlots) {
    return absl::StrCat("waits for ", Shortage(resource, needs, used, limits));
  }
  return absl::StrCat("waits for ", needs.slots == 1 ? "a slot" : Amount(resource, needs), "; ",
                      used.slots, " of ", limits.slots, " are in use");
}

}  // namespace

Resources Scheduler::Needs(const v1::TrialConfig& config) const {
  Resources needs = NeedsOf(config);
  if (!options_.firm_threads && options_.threads > 0) {
    needs.threads = std::min(needs.threads, options_.threads);
  }
  return needs;
}

absl::Status Scheduler::CheckFits(const NewExperiment& experiment) const {
  for (const NewTrial& trial : experiment.trials) {
    const Resources needs = Needs(trial.config);
    const absl::optional<Resource> lacks = budget_.Short(needs, {});
    if (!lacks.has_value()) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("the trial \"", trial.label, "\" ", TooWide(*lacks, needs, budget_.limits())));
  }
  return absl::OkStatus();
}

void Scheduler::FailTooWide(absl::Time now) {
  for (auto& [id, live] : live_) {
    if (live.record.trial.state() != v1::QUEUED || live.gang != nullptr) continue;
    const absl::optional<Resource> lacks = budget_.Short(live.needs, {});
    if (!lacks.has_value()) continue;
    const absl::Status status = Become(
        live,
        TrialEnded(live.record, v1::FAILED, TooWide(*lacks, live.needs, budget_.limits()), now));
    LOG_IF_EVERY_N(ERROR, !status.ok(), 100)
        << "trial's failure not stored trial=" << id.ToString() << " " << status;
  }
}

void Scheduler::StartQueued(absl::Time now) {
  FailTooWide(now);
  if (now < launch_at_) return;
  std::vector<FairShare::Queued> queue;
  absl::flat_hash_map<int64_t, Resources> used;  // by experiment
  for (const auto& [id, live] : live_) {
    if (live.gang != nullptr) {
      used[id.experiment] += live.needs;
    } else if (live.record.trial.state() == v1::QUEUED && live.not_before <= now &&
               !budget_.Short(live.needs, {}).has_value()) {
      queue.push_back({id, live.record.priority, live.needs});
    }
  }
  // Of a search those go first that came further: what was promoted before what is new.
  const auto before = [&](const FairShare::Queued& a,
                          const FairShare::Queued& b) ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    if (a.id.experiment != b.id.experiment) return a.id.experiment < b.id.experiment;
    return live_.at(a.id).record.trial.rungs() > live_.at(b.id).record.trial.rungs();
  };
  if (!searches_.empty()) std::stable_sort(queue.begin(), queue.end(), before);
  const FairShare::Choice choice = fair_share_.Choose(queue, used);
  blocked_ = choice.blocked;
  for (const TrialId& id : choice.trials) {
    if (now < launch_at_) return;  // the one before found the disk full
    Launch(live_.at(id), now);
  }
}

void Scheduler::Launch(Live& live, absl::Time now) {
  const TrialId id = live.record.id;
  // First the intent: should this process die now, the next one knows that workers may exist.
  const absl::Status stored = Become(live, Transition{Launched(live.record, now), std::nullopt});
  if (!stored.ok()) {
    LOG_EVERY_N(ERROR, 100) << "trial not launched trial=" << id.ToString() << " " << stored;
    return;
  }
  const v1::Trial& trial = live.record.trial;
  live.gang = std::make_unique<Gang>(trial.attempt(), options_.gang, deps_.launcher);
  used_ += live.needs;
  live.vacant.clear();
  live.losses = 0;
  live.replace_at = live.replaced_at = absl::InfinitePast();
  live.pace = StepPace();
  if (live.record.trial.attempt() == 1) live.pace.Advance(0, now);  // no checkpoint to go on from
  ++totals_.launched_attempts;
  const absl::Status launched = LaunchGang(live, now);
  if (launched.ok()) {
    LOG(INFO) << "trial launched trial=" << id.ToString() << " attempt=" << trial.attempt();
  } else if (absl::IsResourceExhausted(launched)) {
    // It is not the trial's fault, and the next one would fare no better.
    no_room_ = std::string(launched.message());
    launch_at_ = now + kFullDiskPause;
    live.preempted = no_room_;
    live.gang->Terminate(now);
  } else {
    live.gang->Fail(std::string(launched.message()), now);
  }
}

absl::Status Scheduler::LaunchGang(Live& live, absl::Time now) {
  const TrialId id = live.record.id;
  const v1::Trial& trial = live.record.trial;
  RETURN_IF_ERROR(deps_.results->Begin(id, trial.attempt(), trial.config()));
  for (const WorkerSlot& slot : PlanGang(trial.config())) {
    const std::string log_file = deps_.results->LogFile(id, slot.Name());
    const absl::StatusOr<Process> process = LaunchWorker(live, slot, log_file);
    if (!process.ok()) {
      return absl::Status(process.status().code(), absl::StrCat("could not start ", slot.Name(),
                                                                ": ", process.status().message()));
    }
    live.gang->Add(slot, *process, log_file, /*address=*/"", now);
    RETURN_IF_ERROR(PutWorker(live, slot, *process, /*address=*/"", log_file));
  }
  return absl::OkStatus();
}

absl::StatusOr<Process> Scheduler::LaunchWorker(const Live& live, const WorkerSlot& slot,
                                                const std::string& log_file) {
  const v1::Trial& trial = live.record.trial;
  const WorkerSetting setting = {options_.bin_dir, address_, options_.token_file};
  return deps_.launcher->Launch(
      MakeCommand(setting, live.record.id, trial.attempt(), trial.config(), slot, log_file));
}

absl::Status Scheduler::PutWorker(const Live& live, const WorkerSlot& slot, const Process& process,
                                  const std::string& address, const std::string& log_file) {
  return deps_.store->PutWorker({live.record.id, live.gang->attempt(), slot.role, slot.index,
                                 process.pid, process.incarnation, process.host, address,
                                 log_file});
}

std::string Scheduler::QueueReason(const Live& live) const {
  if (live.gang != nullptr) return "waits until its processes are gone";
  if (deps_.clock->Now() < launch_at_) {
    return absl::StrCat("waits for room on the disk: ", no_room_);
  }
  const absl::optional<Resource> lacks = budget_.Short(live.needs, used_);
  const bool is_next = blocked_.has_value() && blocked_->trial.id == live.record.id;
  // While nothing is left and nobody has the turn, who is next may change: then what it lacks
  // itself says more.
  if (blocked_.has_value() && !is_next && (blocked_->first_in_line || !lacks.has_value())) {
    return absl::StrCat("trial ", blocked_->trial.id.ToString(), " before it ",
                        WaitsFor(blocked_->lacks, blocked_->trial.needs, used_, budget_.limits()));
  }
  return absl::StrCat(
      is_next && blocked_->first_in_line ? "first in line, " : "",
      WaitsFor(lacks.value_or(Resource::kSlots), live.needs, used_, budget_.limits()));
}

}  // namespace vagram
