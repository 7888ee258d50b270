#include "orchestrator/cli/service_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// The header of glibc 2.36 does not declare its functions as C for C++.
extern "C" {
#include <sys/pidfd.h>
}

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/memory/memory.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "orchestrator/cli/experiments_client.h"

extern char** environ;

namespace vagram::cli {
namespace {

constexpr absl::Duration kPollInterval = absl::Milliseconds(20);
constexpr int64_t kMaxLogBytes = 16 << 20;  // a larger log is put aside at the next start
constexpr size_t kLinesShown = 5;

absl::Status ErrnoError(absl::string_view what, int error) {
  const absl::StatusCode code = error == EACCES || error == EROFS || error == EPERM
                                    ? absl::StatusCode::kPermissionDenied
                                    : absl::StatusCode::kInternal;
  return absl::Status(code, absl::StrCat(what, ": ", std::strerror(error)));
}

// Creates HOME/logs; HOME is the user's alone, as the token lies there.
absl::Status CreateFolders(const std::string& home, const std::string& logs) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(home).parent_path(), error);
  for (const std::string& folder : {home, logs}) {
    if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
      return ErrnoError(absl::StrCat("cannot create ", folder, " (choose another with --home)"),
                        errno);
    }
  }
  return absl::OkStatus();
}

// The log's size after putting a too large one aside.
int64_t PrepareLog(const std::string& log_file) {
  struct stat status = {};
  if (stat(log_file.c_str(), &status) != 0) return 0;
  if (status.st_size <= kMaxLogBytes) return status.st_size;
  return rename(log_file.c_str(), absl::StrCat(log_file, ".1").c_str()) == 0 ? 0 : status.st_size;
}

// A child in its own session, without this process's signal mask and files.
absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& command, const std::string& log_file) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log_file.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);

  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv[0], &files, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    return ErrnoError(absl::StrCat("cannot start ", command[0], " with its log ", log_file), error);
  }
  return pid;
}

// Whether a service holds the home folder.
bool IsTaken(const std::string& home) {
  const int lock = open(absl::StrCat(home, "/service.lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (lock < 0) return false;
  const bool taken = flock(lock, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(lock);
  return taken;
}

}  // namespace

std::string BinaryFolder() {
  const char* variable = std::getenv("VAGRAM_BIN_DIR");
  if (variable != nullptr && *variable != '\0') return variable;
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  // BIN/orchestrator/cli/vagram
  return self.parent_path().parent_path().parent_path().string();
}

absl::StatusOr<std::unique_ptr<ServiceProcess>> ServiceProcess::Start(const Options& options) {
  const std::string program = absl::StrCat(options.bin_dir, "/orchestrator/orchestrator");
  if (access(program.c_str(), X_OK) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("the service's program ", program,
                     " is missing: build //orchestrator, or set VAGRAM_BIN_DIR"));
  }
  const std::string logs = absl::StrCat(options.home, "/logs");
  RETURN_IF_ERROR(CreateFolders(options.home, logs));
  const std::string log_file = absl::StrCat(logs, "/orchestrator.log");
  const int64_t log_start = PrepareLog(log_file);

  std::vector<std::string> command = {
      program, absl::StrCat("--home=", options.home), absl::StrCat("--port=", options.port),
      absl::StrCat("--slots=", options.slots), absl::StrCat("--bin_dir=", options.bin_dir)};
  if (options.threads.has_value()) {
    command.push_back(absl::StrCat("--threads=", *options.threads));
  }
  if (options.memory_gib.has_value()) {
    command.push_back(absl::StrCat("--memory_gib=", *options.memory_gib));
  }
  if (options.dashboard_port.has_value()) {
    command.push_back(absl::StrCat("--dashboard_port=", *options.dashboard_port));
  }
  if (options.preempt_grace_seconds.has_value()) {
    command.push_back(absl::StrCat("--preempt_grace_seconds=", *options.preempt_grace_seconds));
  }
  if (options.private_service) {
    command.push_back(absl::StrCat("--exit_when_orphaned_by=", getpid()));
  }
  ASSIGN_OR_RETURN(const pid_t pid, Spawn(command, log_file));
  return absl::WrapUnique(new ServiceProcess(options, pid, log_file, log_start));
}

bool ServiceProcess::HasExited() {
  int status = 0;
  if (!exited_ && waitpid(pid_, &status, WNOHANG) != 0) {
    exited_ = true;
    in_order_ = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  return exited_;
}

std::string ServiceProcess::LastLines() const {
  std::ifstream log(log_file_, std::ios::binary);
  log.seekg(log_start_);
  std::string text(64 << 10, '\0');
  log.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(log.gcount()));
  std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipWhitespace());
  // Its own last word comes without the logging's head; libraries may have logged around it.
  std::vector<std::string> last_words;
  for (const std::string& line : lines) {
    if (absl::StartsWith(line, "orchestrator: ")) last_words.push_back(line);
  }
  if (!last_words.empty()) return absl::StrJoin(last_words, "\n");
  if (lines.size() > kLinesShown) lines.erase(lines.begin(), lines.end() - kLinesShown);
  return absl::StrJoin(lines, "\n");
}

absl::StatusOr<v1::ServiceInfo> ServiceProcess::WaitUntilServing(absl::Duration timeout,
                                                                 Stop* interrupt) {
  const absl::Time deadline = absl::Now() + timeout;
  while (absl::Now() < deadline) {
    // Asked first: what it wrote before its end is complete then. Where it ended because another
    // one was quicker, that one is waited for.
    const bool exited = HasExited();
    if (exited && !IsTaken(options_.home)) {
      return absl::UnavailableError(absl::StrCat("the service could not start:\n", LastLines()));
    }
    // An older record may lie there: the pid tells them apart.
    absl::StatusOr<std::unique_ptr<ExperimentsClient>> client =
        ExperimentsClient::Connect(options_.home, interrupt);
    if (client.ok() && (exited || (*client)->record().pid == pid_)) {
      absl::StatusOr<v1::ServiceInfo> info = (*client)->GetServiceInfo();
      if (info.ok()) return info;
    }
    if (interrupt->WaitFor(kPollInterval)) return interrupt->Check();
  }
  return absl::UnavailableError(absl::StrCat("the service (pid ", pid_, ") does not serve after ",
                                             absl::FormatDuration(timeout), "; its log is ",
                                             log_file_, ":\n", LastLines()));
}

absl::Status ServiceProcess::Terminate(absl::Duration grace) {
  if (HasExited()) return absl::OkStatus();
  kill(pid_, SIGTERM);  // not reaped yet, so the number is still its own
  const absl::Time deadline = absl::Now() + grace;
  while (!HasExited()) {
    if (absl::Now() > deadline) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      exited_ = true;
      return absl::DeadlineExceededError(
          absl::StrCat("the service (pid ", pid_, ") did not end within ",
                       absl::FormatDuration(grace), " and was killed; its log is ", log_file_));
    }
    absl::SleepFor(kPollInterval);
  }
  return absl::OkStatus();
}

absl::StatusOr<ServiceRecord> StopService(const std::string& home, absl::Duration timeout,
                                          Stop* interrupt) {
  ASSIGN_OR_RETURN(std::unique_ptr<ExperimentsClient> client,
                   ExperimentsClient::Connect(home, interrupt));
  const ServiceRecord record = client->record();
  // Opened before the question is asked: whatever answers as this pid now is what the descriptor
  // names, and no later process that gets the same number.
  const int process = pidfd_open(static_cast<pid_t>(record.pid), 0);
  if (process < 0) {
    return NoServiceAt(home, absl::StrCat("service.json is left over from process ", record.pid));
  }
  const absl::Cleanup close_process = [process] { close(process); };
  ASSIGN_OR_RETURN(const v1::ServiceInfo info, client->GetServiceInfo());
  if (info.pid() != record.pid || info.instance_id() != record.instance_id) {
    return absl::FailedPreconditionError(absl::StrCat(
        record.address, " answers as process ", info.pid(), " of ", info.home(),
        ", not as process ", record.pid, " of ", home, "/service.json; nothing was stopped"));
  }
  if (pidfd_send_signal(process, SIGTERM, nullptr, 0) != 0) {
    return ErrnoError(absl::StrCat("cannot stop process ", record.pid), errno);
  }
  const absl::Time deadline = absl::Now() + timeout;
  while (absl::Now() < deadline) {
    pollfd ended = {process, POLLIN, 0};
    if (poll(&ended, 1, 100) > 0) return record;
    RETURN_IF_ERROR(interrupt->Check());
  }
  return absl::DeadlineExceededError(absl::StrCat("the service (pid ", record.pid,
                                                  ") is still stopping after ",
                                                  absl::FormatDuration(timeout)));
}

}  // namespace vagram::cli
