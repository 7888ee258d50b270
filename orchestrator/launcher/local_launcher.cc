#include "orchestrator/launcher/local_launcher.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // which glibc 2.36 leaves out of this header
#include <sys/pidfd.h>
}

#include <cerrno>
#include <cstring>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/base/status_macros.h"
#include "orchestrator/launcher/process_stat.h"

namespace vagram {
namespace {

std::string HostName() {
  char name[256] = {};
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "localhost";
}

absl::Status LogError(absl::string_view action, absl::string_view log_file, int error) {
  const std::string message =
      absl::StrCat("cannot ", action, " the log file ", log_file, ": ", strerror(error));
  const bool is_full = error == ENOSPC || error == EDQUOT;
  return is_full ? absl::ResourceExhaustedError(message) : absl::FailedPreconditionError(message);
}

// Begins the attempt's part of the log, which also shows early that the log can be written.
absl::Status WriteHeading(const WorkerCommand& command) {
  const int fd = open(command.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return LogError("open", command.log_file, errno);
  const std::string line = absl::StrCat(command.log_heading, "\n");
  const ssize_t written = write(fd, line.data(), line.size());
  // It is a full disk that takes a part of a line.
  const int error = written < 0 ? errno : ENOSPC;
  close(fd);
  if (written == static_cast<ssize_t>(line.size())) return absl::OkStatus();
  return LogError("write to", command.log_file, error);
}

// Our own environment with the command's variables in it.
std::vector<std::string> Environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const absl::string_view variable = *entry;
    if (added.count(std::string(variable.substr(0, variable.find('=')))) == 0) {
      variables.emplace_back(variable);
    }
  }
  for (const auto& [name, value] : added) variables.push_back(absl::StrCat(name, "=", value));
  return variables;
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

// posix_spawn instead of fork: nothing of ours runs between fork and exec, where a threaded
// process may only call what is async-signal-safe.
absl::StatusOr<pid_t> Spawn(const WorkerCommand& command) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, command.log_file.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::vector<std::string> args = command.args;
  std::vector<std::string> environment = Environment(command.environment);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, args[0].c_str(), &files, &attributes, Pointers(args).data(),
                                Pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) {
    const std::string message = absl::StrCat("cannot run ", command.args[0], ": ", strerror(error));
    return error == ENOENT || error == EACCES ? absl::NotFoundError(message)
                                              : absl::UnavailableError(message);
  }
  return pid;
}

absl::Status Signal(const Process& process, int signal) {
  // The descriptor pins the process; only then is it compared, so that it cannot change between
  // the comparison and the signal.
  const int fd = pidfd_open(static_cast<pid_t>(process.pid), 0);
  if (fd < 0) {
    return errno == ESRCH ? absl::OkStatus()
                          : absl::InternalError(
                                absl::StrCat("pidfd_open ", process.pid, ": ", strerror(errno)));
  }
  absl::Status status;
  if (RunningIncarnation(process.pid) == process.incarnation &&
      pidfd_send_signal(fd, signal, nullptr, 0) != 0 && errno != ESRCH) {
    status = absl::InternalError(absl::StrCat("cannot send ", strsignal(signal), " to process ",
                                              process.pid, ": ", strerror(errno)));
  }
  close(fd);
  return status;
}

}  // namespace

LocalLauncher::LocalLauncher() : host_(HostName()) {}

absl::StatusOr<Process> LocalLauncher::Launch(const WorkerCommand& command) {
  if (command.args.empty()) return absl::InvalidArgumentError("a command without a program");
  RETURN_IF_ERROR(WriteHeading(command));
  // Held while it is spawned, so that no Poll of a process with the same pid can collect it.
  absl::MutexLock lock(&mu_);
  ASSIGN_OR_RETURN(const pid_t pid, Spawn(command));
  // Even if it has ended already, it stays a zombie until Poll collects it.
  const std::string incarnation = Incarnation(pid).value_or("");
  children_[pid] = incarnation;
  return Process{host_, pid, incarnation};
}

absl::Status LocalLauncher::Terminate(const Process& process) { return Signal(process, SIGTERM); }

absl::Status LocalLauncher::Kill(const Process& process) { return Signal(process, SIGKILL); }

absl::StatusOr<std::optional<Exit>> LocalLauncher::Poll(const Process& process) {
  absl::MutexLock lock(&mu_);
  const auto child = children_.find(process.pid);
  if (child == children_.end() || child->second != process.incarnation) {
    if (RunningIncarnation(process.pid) == process.incarnation) return std::nullopt;
    return Exit{};
  }
  int status = 0;
  const pid_t collected = waitpid(static_cast<pid_t>(process.pid), &status, WNOHANG);
  if (collected == 0) return std::nullopt;
  children_.erase(child);
  if (collected < 0) return Exit{};
  Exit exit;
  if (WIFSIGNALED(status)) {
    exit.signal = WTERMSIG(status);
  } else {
    exit.code = WEXITSTATUS(status);
  }
  return exit;
}

}  // namespace vagram
