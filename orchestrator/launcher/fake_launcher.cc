#include "orchestrator/launcher/fake_launcher.h"

#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace vagram {

absl::StatusOr<Process> FakeLauncher::Launch(const WorkerCommand& command) {
  absl::MutexLock lock(&mu_);
  RETURN_IF_ERROR(launch_status_);
  entries_.push_back(Entry{command, ignore_terminate_, 0, std::nullopt});
  const int64_t pid = static_cast<int64_t>(entries_.size());
  return Process{"fake", pid, absl::StrCat("started-", pid)};
}

FakeLauncher::Entry* FakeLauncher::Find(const Process& process) {
  const bool known = process.pid >= 1 && process.pid <= static_cast<int64_t>(entries_.size()) &&
                     process.incarnation == absl::StrCat("started-", process.pid);
  return known ? &entries_[process.pid - 1] : nullptr;
}

absl::Status FakeLauncher::Terminate(const Process& process) {
  absl::MutexLock lock(&mu_);
  ++terminations_;
  Entry* const entry = Find(process);
  if (entry != nullptr) ++entry->terminations;
  if (entry != nullptr && !entry->exit.has_value() && !entry->ignores_terminate) {
    entry->exit = Exit{std::nullopt, SIGTERM};
  }
  return absl::OkStatus();
}

absl::Status FakeLauncher::Kill(const Process& process) {
  absl::MutexLock lock(&mu_);
  Entry* const entry = Find(process);
  if (entry != nullptr && !entry->exit.has_value()) entry->exit = Exit{std::nullopt, SIGKILL};
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Exit>> FakeLauncher::Poll(const Process& process) {
  absl::MutexLock lock(&mu_);
  Entry* const entry = Find(process);
  if (entry == nullptr) return Exit{};
  if (!entry->exit.has_value()) return std::nullopt;
  return std::exchange(*entry->exit, Exit{});
}

void FakeLauncher::End(int64_t pid, Exit exit) {
  absl::MutexLock lock(&mu_);
  entries_.at(pid - 1).exit = exit;
}

void FakeLauncher::IgnoreTerminate(bool ignore) {
  absl::MutexLock lock(&mu_);
  ignore_terminate_ = ignore;
}

void FakeLauncher::FailLaunches(absl::Status status) {
  absl::MutexLock lock(&mu_);
  launch_status_ = std::move(status);
}

void FakeLauncher::Restart() {
  absl::MutexLock lock(&mu_);
  for (Entry& entry : entries_) {
    if (entry.exit.has_value()) entry.exit = Exit{};
  }
}

std::vector<WorkerCommand> FakeLauncher::launched() const {
  absl::MutexLock lock(&mu_);
  std::vector<WorkerCommand> commands;
  for (const Entry& entry : entries_) commands.push_back(entry.command);
  return commands;
}

std::vector<int64_t> FakeLauncher::running(const std::string& name) const {
  absl::MutexLock lock(&mu_);
  std::vector<int64_t> pids;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].exit.has_value() && (name.empty() || entries_[i].command.name == name)) {
      pids.push_back(static_cast<int64_t>(i) + 1);
    }
  }
  return pids;
}

int FakeLauncher::terminations() const {
  absl::MutexLock lock(&mu_);
  return terminations_;
}

int FakeLauncher::terminations(int64_t pid) const {
  absl::MutexLock lock(&mu_);
  return entries_.at(pid - 1).terminations;
}

}  // namespace vagram
