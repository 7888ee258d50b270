#include "orchestrator/cli/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace vagram::cli {
namespace {

struct Pipe {
  int read = -1;
  int write = -1;
};

absl::Status Open(Pipe* pipe) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return absl::InternalError(absl::StrCat("cannot make a pipe: ", std::strerror(errno)));
  }
  *pipe = {ends[0], ends[1]};
  return absl::OkStatus();
}

void Close(int* end) {
  if (*end >= 0) close(*end);
  *end = -1;
}

// Appends what both pipes give until their other ends are closed.
void ReadBoth(Pipe* out, std::string* out_text, Pipe* err, std::string* err_text) {
  while (out->read >= 0 || err->read >= 0) {
    pollfd ready[2] = {{out->read, POLLIN, 0}, {err->read, POLLIN, 0}};
    if (poll(ready, 2, -1) < 0 && errno != EINTR) return;
    const auto take = [](const pollfd& state, Pipe* pipe, std::string* text) {
      if (state.revents == 0) return;
      char buffer[4096];
      const ssize_t size = read(pipe->read, buffer, sizeof(buffer));
      if (size > 0) text->append(buffer, size);
      if (size == 0 || (size < 0 && errno != EINTR)) Close(&pipe->read);
    };
    take(ready[0], out, out_text);
    take(ready[1], err, err_text);
  }
}

}  // namespace

absl::StatusOr<ProgramOutput> RunProgram(const std::vector<std::string>& command, Stop* interrupt) {
  if (access(command[0].c_str(), X_OK) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("the program ", command[0], " is missing: build it, or set VAGRAM_BIN_DIR"));
  }
  Pipe out, err;
  const auto close_all = absl::MakeCleanup([&] {
    for (int* end : {&out.read, &out.write, &err.read, &err.write}) Close(end);
  });
  for (Pipe* pipe : {&out, &err}) {
    if (absl::Status status = Open(pipe); !status.ok()) return status;
  }
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out.write, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err.write, STDERR_FILENO);
  // A child inherits what SignalThread blocks here: it could be neither interrupted nor stopped.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv[0], &files, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    return absl::InternalError(
        absl::StrCat("cannot start ", command[0], ": ", std::strerror(error)));
  }
  Close(&out.write);
  Close(&err.write);
  std::shared_ptr<void> end_on_interrupt = interrupt->OnTrip([pid] { kill(pid, SIGTERM); });
  ProgramOutput output;
  ReadBoth(&out, &output.out, &err, &output.err);
  // Its number is its own until it is reaped: nothing may signal that number afterwards.
  siginfo_t ended;
  while (waitid(P_PID, pid, &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  end_on_interrupt.reset();
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (interrupt->tripped()) return interrupt->Check();
  if (!WIFEXITED(status)) {
    return absl::InternalError(
        absl::StrCat(command[0], " was ended by signal ", WTERMSIG(status),
                     "; it said: ", output.err.empty() ? "nothing" : output.err));
  }
  output.exit_code = WEXITSTATUS(status);
  return output;
}

}  // namespace vagram::cli
