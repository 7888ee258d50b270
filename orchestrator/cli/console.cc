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

std::string CutToWidth(const std::string& line, int columns) {
  std::string cut;
  int width = 0;
  bool in_escape = false;
  bool dropped = false;
  for (char c : line) {
    if (c == '\x1b') in_escape = true;
    if (in_escape) {
      cut += c;  // also beyond the cut, so that the colour is reset
      if (c == 'm') in_escape = false;
      continue;
    }
    const bool continues_character = (c & 0xc0) == 0x80;
    if (!continues_character) dropped = ++width > columns;
    if (!dropped) cut += c;
  }
  return cut;
}

void LiveRegion::Draw(const std::vector<std::string>& lines, int columns) {
  // In one write, so that the terminal never shows a half-drawn region.
  std::string text = EraseSequence();
  for (const std::string& line : lines) absl::StrAppend(&text, CutToWidth(line, columns), "\n");
  *out_ << text << std::flush;
  drawn_ = static_cast<int>(lines.size());
}

void LiveRegion::Clear() {
  *out_ << EraseSequence() << std::flush;
  drawn_ = 0;
}

std::string LiveRegion::EraseSequence() const {
  // Up to the first line, then erase to the end of the screen.
  return drawn_ == 0 ? "" : absl::StrCat("\x1b[", drawn_, "A\r\x1b[J");
}

}  // namespace vagram::cli
