#include "core/render/mp4_writer.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/status_macros.h"

namespace vagram {
namespace {

std::vector<std::string> Command(const FrameSinkOptions& options, const std::string& output) {
  return {options.ffmpeg, "-hide_banner", "-loglevel", "error", "-y",
          // What comes: bare rows of pixels.
          "-f", "rawvideo", "-pix_fmt", "rgb24", "-s",
          absl::StrCat(options.width, "x", options.height), "-r",
          absl::StrCat(options.frames_per_second), "-i", "pipe:0",
          // What is made: the kind of mp4 that every player and browser shows.
          "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p",
          "-movflags", "+faststart", "-f", "mp4", absl::StrCat("file:", output)};
}

absl::StatusOr<pid_t> Spawn(std::vector<std::string> command, int input, int words) {
  std::vector<char*> argv;
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&files, words, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  pid_t pid = 0;
  const int error =
      posix_spawnp(&pid, argv[0], &files, /*attributes=*/nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (error == 0) return pid;
  return absl::FailedPreconditionError(
      absl::StrCat("cannot make an mp4: the program ", argv[0], ": ", std::strerror(error),
                   "; tools/setup.sh --with-render installs ffmpeg, or write PNG files with a "
                   "folder as --out"));
}

// The last line of the file, for a message.
std::string LastLine(int file) {
  char text[4096];
  const off_t size = lseek(file, 0, SEEK_END);
  const off_t start = std::max<off_t>(0, size - static_cast<off_t>(sizeof(text)));
  const ssize_t got = pread(file, text, sizeof(text), start);
  const std::vector<absl::string_view> lines =
      absl::StrSplit(absl::string_view(text, got > 0 ? got : 0), '\n', absl::SkipWhitespace());
  return lines.empty() ? "" : std::string(lines.back());
}

}  // namespace

absl::StatusOr<std::unique_ptr<FrameSink>> Mp4Writer::Open(const FrameSinkOptions& options) {
  if (options.width % 2 != 0 || options.height % 2 != 0) {
    return absl::InvalidArgumentError(absl::StrCat("an mp4 wants even sides, got ", options.width,
                                                   " x ", options.height, " pixels"));
  }
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::InternalError(absl::StrCat("cannot make a socket: ", std::strerror(errno)));
  }
  const absl::Cleanup close_theirs = [&ends] { close(ends[1]); };
  const int words = memfd_create("ffmpeg", MFD_CLOEXEC);
  absl::StatusOr<pid_t> pid =
      Spawn(Command(options, absl::StrCat(options.path, ".part")), ends[1], words);
  if (!pid.ok()) {
    close(ends[0]);
    if (words >= 0) close(words);
    return pid.status();
  }
  return absl::WrapUnique<FrameSink>(new Mp4Writer(options, *pid, ends[0], words));
}

Mp4Writer::~Mp4Writer() {
  if (input_ >= 0) {
    kill(ffmpeg_, SIGKILL);
    Collect().IgnoreError();
    unlink(Unfinished().c_str());
  }
  if (words_ >= 0) close(words_);
}

absl::Status Mp4Writer::Add(const Picture& frame) {
  if (frame.width != options_.width || frame.height != options_.height ||
      frame.rgb.size() != size_t{3} * frame.width * frame.height) {
    return absl::InvalidArgumentError(absl::StrCat("a frame of ", frame.width, " x ", frame.height,
                                                   " pixels in a video of ", options_.width, " x ",
                                                   options_.height));
  }
  size_t sent = 0;
  while (input_ >= 0 && sent < frame.rgb.size()) {
    const ssize_t count =
        send(input_, frame.rgb.data() + sent, frame.rgb.size() - sent, MSG_NOSIGNAL);
    if (count > 0) sent += count;
    if (count < 0 && errno != EINTR) break;
  }
  if (sent == frame.rgb.size()) return absl::OkStatus();
  RETURN_IF_ERROR(Collect());
  return absl::FailedPreconditionError(
      absl::StrCat("ffmpeg took no more frames for ", options_.path));
}

absl::Status Mp4Writer::Finish() {
  RETURN_IF_ERROR(Collect());
  if (rename(Unfinished().c_str(), options_.path.c_str()) == 0) return absl::OkStatus();
  const absl::Status status = absl::FailedPreconditionError(
      absl::StrCat("cannot write ", options_.path, ": ", std::strerror(errno)));
  unlink(Unfinished().c_str());
  return status;
}

absl::Status Mp4Writer::Collect() {
  if (input_ < 0) return absl::FailedPreconditionError("the video has ended already");
  close(input_);
  input_ = -1;
  int status = 0;
  while (waitpid(ffmpeg_, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  unlink(Unfinished().c_str());
  const std::string how = WIFSIGNALED(status)
                              ? absl::StrCat("was ended by ", strsignal(WTERMSIG(status)))
                              : absl::StrCat("failed with code ", WEXITSTATUS(status));
  const std::string line = LastLine(words_);
  return absl::FailedPreconditionError(absl::StrCat("cannot write ", options_.path, ": ",
                                                    options_.ffmpeg, " ", how,
                                                    line.empty() ? "" : ": ", line));
}

}  // namespace vagram
