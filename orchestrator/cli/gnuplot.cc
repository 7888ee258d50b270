#include "orchestrator/cli/gnuplot.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/status_macros.h"
#include "core/metrics/atomic_file.h"
#include "orchestrator/cli/program.h"

namespace vagram::cli {
namespace {

constexpr char kDefaultPath[] = "/usr/local/bin:/usr/bin:/bin";

absl::StatusOr<std::string> FindGnuplot() {
  const char* path = std::getenv("PATH");
  for (absl::string_view folder : absl::StrSplit(path == nullptr ? kDefaultPath : path, ':')) {
    const std::string program = absl::StrCat(folder, "/gnuplot");
    if (!folder.empty() && access(program.c_str(), X_OK) == 0) return program;
  }
  return absl::FailedPreconditionError(
      "figures need gnuplot, which is not on PATH: tools/setup.sh --with-plot installs it "
      "(Debian's "
      "package gnuplot-nox)");
}

}  // namespace

absl::StatusOr<std::string> DrawWithGnuplot(
    const std::function<std::string(const std::string& path)>& script_for, Stop* interrupt) {
  ASSIGN_OR_RETURN(const std::string gnuplot, FindGnuplot());
  const char* temporary = std::getenv("TMPDIR");
  // Absolute, so that the figure's path does not begin with what means a command to gnuplot.
  const bool is_usable = temporary != nullptr && absl::StartsWith(temporary, "/");
  std::string folder = absl::StrCat(is_usable ? temporary : "/tmp", "/vagram-plot.XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make the folder ", folder, ": ", std::strerror(errno)));
  }
  const std::string script = folder + "/figure.gnuplot";
  const std::string figure = folder + "/figure";
  const auto clean_up = absl::MakeCleanup([&] {
    unlink(script.c_str());
    unlink(figure.c_str());
    rmdir(folder.c_str());
  });
  RETURN_IF_ERROR(WriteFileAtomically(script, script_for(figure)));
  // -d: without the user's own settings, which would change the figure.
  ASSIGN_OR_RETURN(const ProgramOutput output, RunProgram({gnuplot, "-d", script}, interrupt));
  std::ifstream file(figure, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (output.exit_code != 0 || content.str().empty()) {
    return absl::InternalError(absl::StrCat(gnuplot, " drew nothing (exit code ", output.exit_code,
                                            "); it said:\n",
                                            output.err.empty() ? "nothing" : output.err));
  }
  return content.str();
}

}  // namespace vagram::cli
