#include "orchestrator/gang.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstring>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/worker/exit_codes.h"
#include "orchestrator/log_tail.h"

namespace vagram {
namespace {

// A process that SIGKILL does not end (stuck in the kernel) is signalled again this often.
constexpr absl::Duration kKillAgain = absl::Seconds(5);

double Growth(double before, double after) {
  const double growth = after - before;
  return std::isfinite(growth) && growth > 0 ? growth : 0;
}

std::string SignalName(int signal) {
  const char* const name = sigabbrev_np(signal);
  return name != nullptr ? absl::StrCat("SIG", name) : absl::StrCat("signal ", signal);
}

std::string Describe(const Gang::Member& member) {
  return absl::StrCat(member.slot.Name(), " (pid ", member.process.pid, ")");
}

std::string DescribeExit(const Gang::Member& member, const Exit& exit) {
  const std::string who = Describe(member);
  if (exit.signal.has_value()) {
    return absl::StrCat(who, " was killed by ", SignalName(*exit.signal));
  }
  if (!exit.code.has_value()) return absl::StrCat(who, " is gone");
  const std::string last_line = LastLine(member.log_file);
  return absl::StrCat(who, " exited with ", *exit.code, " before the trial's end",
                      last_line.empty() ? "" : ": ", last_line);
}

std::string DescribeSilence(const Gang::Member& member, absl::Time now) {
  return absl::StrCat(
      Describe(member), " sent no heartbeat for ",
      absl::FormatDuration(absl::Trunc(now - member.last_heartbeat, absl::Seconds(1))));
}

}  // namespace

void Gang::Add(const WorkerSlot& slot, const Process& process, const std::string& log_file,
               const std::string& address, absl::Time now) {
  Member& member = members_.emplace_back();
  member.slot = slot;
  member.process = process;
  member.log_file = log_file;
  member.address = address;
  member.host = process.host;
  member.last_heartbeat = now;
}

void Gang::Replace(const WorkerSlot& slot, const Process& process, absl::Time now) {
  Member* const member = FindMember(slot);
  if (member == nullptr) return;
  Member next;
  next.slot = slot;
  next.process = process;
  next.log_file = member->log_file;
  next.host = process.host;
  next.last_heartbeat = now;
  *member = std::move(next);
}

bool Gang::Hear(const WorkerSlot& slot, const std::string& address, const std::string& host,
                absl::Time now) {
  Member* const member = FindMember(slot);
  if (member == nullptr) return false;
  member->heard = true;
  member->last_heartbeat = now;
  if (!address.empty()) member->address = address;
  if (!host.empty()) member->host = host;
  return true;
}

v1::TimeUse Gang::HearTimeUse(const WorkerSlot& slot, const v1::TimeUse& time_use) {
  v1::TimeUse growth;
  Member* const member = FindMember(slot);
  if (member == nullptr) return growth;
  const v1::TimeUse before = member->time_use.value_or(time_use);
  growth.set_working(Growth(before.working(), time_use.working()));
  growth.set_starved(Growth(before.starved(), time_use.starved()));
  growth.set_blocked(Growth(before.blocked(), time_use.blocked()));
  member->time_use = time_use;
  return growth;
}

void Gang::HearLeaving(const WorkerSlot& slot) {
  if (Member* const member = FindMember(slot)) member->leaving = true;
}

void Gang::Advance(absl::Time now) {
  const std::string exit_reason = CollectExits(now);
  switch (phase_) {
    case Phase::kRunning: {
      if (!left_.empty()) {
        Terminate(now);
        break;
      }
      const std::string reason = exit_reason.empty() ? FindSilent(now) : exit_reason;
      if (!reason.empty()) {
        Fail(reason, now);
        break;
      }
      KillSilentActors(now);
      FindLosses(now);
      break;
    }
    case Phase::kDraining:
      if (now >= deadline_) Terminate(now);
      break;
    case Phase::kLeaving:
      if (LearnerGone()) {
        const absl::Time limit = deadline_;
        Terminate(now);
        deadline_ = std::min(deadline_, limit);
      } else if (now >= deadline_) {
        Kill(now);
      } else if (now >= tell_at_) {
        Tell();
      }
      break;
    case Phase::kTerminating:
    case Phase::kKilling:
      if (now >= deadline_) Kill(now);
      break;
  }
}

std::string Gang::CollectExits(absl::Time now) {
  std::string reason;
  bool by_signal = false;
  for (Member& member : members_) {
    if (member.gone) continue;
    const absl::StatusOr<std::optional<Exit>> polled = launcher_->Poll(member.process);
    if (!polled.ok()) {
      LOG_EVERY_N(WARNING, 100) << "worker poll failed name=" << member.slot.Name() << " "
                                << polled.status();
      continue;
    }
    if (!polled->has_value()) continue;
    const Exit& exit = **polled;
    member.gone = true;
    if (member.slot.role == v1::ACTOR) {
      NoteLoss(member, exit, now);
      continue;
    }
    const std::string judged = JudgeExit(member, exit, now);
    if (judged.empty()) continue;
    // One worker's death makes its peers fail soon after: of those found together, the one that
    // was killed is the cause.
    const bool killed = exit.signal.has_value();
    if (reason.empty() || (killed && !by_signal)) {
      reason = judged;
      by_signal = killed;
    }
  }
  return reason.empty() && now >= done_deadline_ ? done_ : reason;
}

std::string Gang::JudgeExit(const Member& member, const Exit& exit, absl::Time now) {
  if (phase_ == Phase::kLeaving && exit.code != 0 && exit.code != kExitRequeue) {
    LOG(WARNING) << "worker left without saving what=\"" << DescribeExit(member, exit) << "\"";
  }
  if (phase_ != Phase::kRunning) return "";
  if (exit.code == kExitRequeue) {
    if (left_.empty()) left_ = absl::StrCat(Describe(member), " was told to end");
    return "";
  }
  if (exit.code == 0 && member.slot.role != v1::LEARNER) {
    if (done_.empty()) {
      done_ = DescribeExit(member, exit);
      done_deadline_ = now + options_.done_grace;
    }
    return "";
  }
  return DescribeExit(member, exit);
}

void Gang::NoteLoss(Member& member, const Exit& exit, absl::Time now) {
  member.address.clear();  // nobody is to be sent there
  member.loss = member.silence.empty() ? DescribeExit(member, exit) : member.silence;
  member.loss_counts = exit.code != kExitRequeue && !member.leaving;
  member.lost_at = exit.code == 0 ? now + options_.done_grace : now;
}

std::string Gang::FindSilent(absl::Time now) const {
  for (const Member& member : members_) {
    if (member.slot.role == v1::ACTOR || member.gone) continue;
    if (now - member.last_heartbeat > options_.lease) return DescribeSilence(member, now);
  }
  return "";
}

void Gang::KillSilentActors(absl::Time now) {
  for (Member& member : members_) {
    if (member.slot.role != v1::ACTOR || member.gone || now < member.kill_again ||
        now - member.last_heartbeat <= options_.lease) {
      continue;
    }
    member.kill_again = now + kKillAgain;
    member.silence = DescribeSilence(member, now);
    const absl::Status status = launcher_->Kill(member.process);
    LOG(WARNING) << "actor killed reason=\"" << member.silence << "\" " << status;
  }
}

void Gang::FindLosses(absl::Time now) {
  for (Member& member : members_) {
    if (now < member.lost_at) continue;
    member.lost_at = absl::InfiniteFuture();
    losses_.push_back({member.slot, member.loss, member.loss_counts});
  }
}

void Gang::Fail(const std::string& reason, absl::Time now) {
  if (failure_.empty()) failure_ = reason;
  Terminate(now);
}

void Gang::Drain(absl::Duration grace, absl::Time now) {
  if (phase_ != Phase::kRunning) return;
  phase_ = Phase::kDraining;
  deadline_ = now + grace;
}

void Gang::Preempt(absl::Duration grace, absl::Duration tell_after, absl::Time now) {
  if (phase_ != Phase::kRunning && phase_ != Phase::kLeaving) return;
  if (phase_ == Phase::kRunning) {
    phase_ = Phase::kLeaving;
    deadline_ = now + std::max(grace, tell_after) + options_.kill_grace;
  }
  tell_at_ = std::min(tell_at_, now + tell_after);
  if (now >= tell_at_) Tell();
}

void Gang::Tell() {
  tell_at_ = absl::InfiniteFuture();
  for (Member& member : members_) {
    if (member.gone || member.leaving) continue;
    member.leaving = true;
    const absl::Status status = launcher_->Terminate(member.process);
    LOG_IF(ERROR, !status.ok()) << "worker not told to end name=" << member.slot.Name() << " "
                                << status;
  }
}

void Gang::Terminate(absl::Time now) {
  if (ending()) return;
  phase_ = Phase::kTerminating;
  deadline_ = now + options_.kill_grace;
  for (const Member& member : members_) {
    if (member.gone) continue;
    const absl::Status status = launcher_->Terminate(member.process);
    LOG_IF(ERROR, !status.ok()) << "worker not terminated name=" << member.slot.Name() << " "
                                << status;
  }
}

void Gang::Kill(absl::Time now) {
  phase_ = Phase::kKilling;
  deadline_ = now + kKillAgain;
  for (const Member& member : members_) {
    if (member.gone) continue;
    const absl::Status status = launcher_->Kill(member.process);
    LOG(WARNING) << "worker killed name=" << member.slot.Name() << " pid=" << member.process.pid
                 << " " << status;
  }
}

void Gang::RenewLeases(absl::Time now) {
  for (Member& member : members_) member.last_heartbeat = now;
}

const Gang::Member* Gang::Find(const WorkerSlot& slot) const {
  for (const Member& member : members_) {
    if (member.slot == slot) return &member;
  }
  return nullptr;
}

Gang::Member* Gang::FindMember(const WorkerSlot& slot) { return const_cast<Member*>(Find(slot)); }

bool Gang::LearnerGone() const {
  return std::all_of(members_.begin(), members_.end(), [](const Member& member) {
    return member.slot.role != v1::LEARNER || member.gone;
  });
}

bool Gang::AllHeard() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const Member& member) { return member.heard; });
}

bool Gang::AllGone() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const Member& member) { return member.gone; });
}

}  // namespace vagram
