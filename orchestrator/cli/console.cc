#include "orchestrator/cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/rpc/status.h"
#include "orchestrator/cli/table.h"

namespace vagram::cli {

int ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kInvalidArgument:
      return kExitUsage;
    case absl::StatusCode::kNotFound:
      return kExitNotFound;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kUnauthenticated:
      return kExitUnreachable;
    default:
      return kExitFailed;
  }
}

int ReportError(const absl::Status& status, Console& console) {
  if (status.ok()) return kExitOk;
  const std::vector<FieldFault> faults = FieldFaults(status);
  for (const FieldFault& fault : faults) {
    console.err << Printable(fault.field) << ": " << Printable(fault.description) << "\n";
  }
  // The message of a status with faults joins them: shown once is enough.
  if (faults.empty()) {
    const std::string prefix = Paint("vagram:", Color::kRed, console.color_err());
    for (absl::string_view line : absl::StrSplit(status.message(), '\n', absl::SkipEmpty())) {
      console.err << prefix << " " << Printable(line) << "\n";
    }
  }
  console.err.flush();
  return ExitCodeOf(status);
}

TerminalSize SizeOfTerminal(int file_descriptor) {
  TerminalSize size;
  winsize window = {};
  if (ioctl(file_descriptor, TIOCGWINSZ, &window) == 0 && window.ws_row > 0 && window.ws_col > 0) {
    size.rows = window.ws_row;
    size.columns = window.ws_col;
  }
  return size;
}

ColorMode ColorModeOf(const char* no_color, const char* clicolor_force) {
  const auto is_set = [](const char* variable) { return variable != nullptr && *variable != '\0'; };
  if (is_set(no_color)) return ColorMode::kNever;
  if (is_set(clicolor_force) && absl::string_view(clicolor_force) != "0") return ColorMode::kAlways;
  return ColorMode::kOnTerminals;
}

}  // namespace vagram::cli
