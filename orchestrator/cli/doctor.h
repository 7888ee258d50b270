#ifndef ORCHESTRATOR_CLI_DOCTOR_H_
#define ORCHESTRATOR_CLI_DOCTOR_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace vagram::cli {

// What one look at the machine found, and how to mend it.
struct Finding {
  enum class Level { kOk, kWarning, kFailure };
  Level level = Level::kOk;
  std::string check;   // what was looked at, such as "token"
  std::string text;    // what was found
  std::string remedy;  // empty when there is nothing to do
};

// The home folder, or the place where it will be made, can be written to and has room.
Finding CheckHome(const std::string& home);

// The token, where there is one, is readable by its owner only.
Finding CheckToken(const std::string& home);

// The programs are where `bin_dir` says.
Finding CheckPrograms(const std::string& bin_dir);

// The library that LibTorch multiplies matrices with is OpenBLAS.
Finding CheckBlas();

// A port of the loopback interface can be listened on.
Finding CheckLoopback();

// Whether `vagram render` can draw (a library of `gl_libraries` loads) and make an mp4 (`ffmpeg`, a
// path or a name in PATH, can be run). Trials need neither.
Finding CheckRendering(const std::vector<std::string>& gl_libraries = {"libEGL.so.1",
                                                                       "libOSMesa.so.8"},
                       const std::string& ffmpeg = "ffmpeg");

// Whether `vagram plot` can draw. Trials do not need it.
Finding CheckPlotting(const std::string& gnuplot = "gnuplot");

// The packages that `packages` (tools/packages.txt) puts into the group `run` are installed
// according to `dpkg_status` (/var/lib/dpkg/status; empty: not a Debian system).
Finding CheckPackages(absl::string_view packages, absl::string_view dpkg_status);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_DOCTOR_H_
