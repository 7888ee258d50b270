#include "orchestrator/gang.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "orchestrator/log_tail.h"

namespace vagram {
namespace {

// A process that SIGKILL does not end (stuck in the kernel) is signalled again this often.
constexpr absl::Duration kKillAgain = absl::Seconds(5);

std::string SignalName(int signal) {
  const char* const name = sigabbrev_np(signal);
  return name != nullptr ? absl::StrCat("SIG", name) : absl::StrCat("signal ", signal);
}

std::string DescribeExit(const Gang::Member& member, const Exit& exit) {
  const std::string who = absl::StrCat(member.slot.Name(), " (pid ", member.process.pid, ")");
  if (exit.signal.has_value()) {
    return absl::StrCat(who, " was killed by ", SignalName(*exit.signal));
  }
  if (!exit.code.has_value()) return absl::StrCat(who, " is gone");
  const std::string last_line = LastLine(member.log_file);
  return absl::StrCat(who, " exited with ", *exit.code, " before the trial's end",
                      last_line.empty() ? "" : ": ", last_line);
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

bool Gang::Hear(const WorkerSlot& slot, const std::string& address, const std::string& host,
                absl::Time now) {
  for (Member& member : members_) {
    if (!(member.slot == slot)) continue;
    member.heard = true;
    member.last_heartbeat = now;
    if (!address.empty()) member.address = address;
    if (!host.empty()) member.host = host;
    return true;
  }
  return false;
}

void Gang::Advance(absl::Time now) {
  const std::string exit_reason = CollectExits(now);
  switch (phase_) {
    case Phase::kRunning: {
      const std::string reason = exit_reason.empty() ? FindSilent(now) : exit_reason;
      if (!reason.empty()) Fail(reason, now);
      break;
    }
    case Phase::kDraining:
      if (now >= deadline_) Terminate(now);
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
    const absl::StatusOr<std::optional<Exit>> exit = launcher_->Poll(member.process);
    if (!exit.ok()) {
      LOG_EVERY_N(WARNING, 100) << "worker poll failed name=" << member.slot.Name() << " "
                                << exit.status();
      continue;
    }
    if (!exit->has_value()) continue;
    member.gone = true;
    if ((*exit)->code == 0 && member.slot.role != v1::LEARNER) {
      if (done_.empty()) {
        done_ = DescribeExit(member, **exit);
        done_deadline_ = now + options_.done_grace;
      }
      continue;
    }
    // One worker's death makes its peers fail soon after: of those found together, the one that
    // was killed is the cause.
    const bool killed = (*exit)->signal.has_value();
    if (reason.empty() || (killed && !by_signal)) {
      reason = DescribeExit(member, **exit);
      by_signal = killed;
    }
  }
  return reason.empty() && now >= done_deadline_ ? done_ : reason;
}

std::string Gang::FindSilent(absl::Time now) const {
  for (const Member& member : members_) {
    const absl::Duration silence = now - member.last_heartbeat;
    if (!member.gone && silence > options_.lease) {
      return absl::StrCat(member.slot.Name(), " (pid ", member.process.pid,
                          ") sent no heartbeat for ",
                          absl::FormatDuration(absl::Trunc(silence, absl::Seconds(1))));
    }
  }
  return "";
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

void Gang::Terminate(absl::Time now) {
  if (phase_ == Phase::kTerminating || phase_ == Phase::kKilling) return;
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

bool Gang::AllHeard() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const Member& member) { return member.heard; });
}

bool Gang::AllGone() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const Member& member) { return member.gone; });
}

}  // namespace vagram
