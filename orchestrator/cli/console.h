#ifndef ORCHESTRATOR_CLI_CONSOLE_H_
#define ORCHESTRATOR_CLI_CONSOLE_H_

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/base/stop.h"
#include "orchestrator/cli/terminal_text.h"

namespace vagram::cli {

// What the process answers to its caller; part of the interface, shown by --help.
enum ExitCode {
  kExitOk = 0,
  kExitFailed = 1,       // a trial failed or was cancelled, or the command could not do its work
  kExitUsage = 2,        // wrong command line or experiment file
  kExitUnreachable = 3,  // no service answers
  kExitNotFound = 4,
};

enum class ColorMode { kOnTerminals, kAlways, kNever };

// What NO_COLOR (https://no-color.org) and CLICOLOR_FORCE ask for; nullptr: the variable is unset.
ColorMode ColorModeOf(const char* no_color, const char* clicolor_force);

struct TerminalSize {
  int rows = 24;
  int columns = 80;
};

// Of the terminal on `file_descriptor`; the default where there is none.
TerminalSize SizeOfTerminal(int file_descriptor);

// Where a command reads its interruption from and writes to: results on `out`, everything else
// on `err`.
struct Console {
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  ColorMode color = ColorMode::kNever;
  Stop* interrupt;                            // tripped by Ctrl-C
  std::function<TerminalSize()> size_of_out;  // where that is a terminal; empty: the default
  std::function<TerminalSize()> size_of_err;

  bool color_out() const { return InColor(out_is_terminal); }
  bool color_err() const { return InColor(err_is_terminal); }

  // What a line may take; kAnyWidth where it goes to a file or a pipe.
  int out_columns() const { return out_is_terminal ? out_size().columns : kAnyWidth; }
  int err_columns() const { return err_is_terminal ? err_size().columns : kAnyWidth; }
  TerminalSize out_size() const { return size_of_out ? size_of_out() : TerminalSize(); }
  TerminalSize err_size() const { return size_of_err ? size_of_err() : TerminalSize(); }

 private:
  bool InColor(bool is_terminal) const {
    return color == ColorMode::kAlways || (color == ColorMode::kOnTerminals && is_terminal);
  }
};

// Prints `status` on console.err as "vagram: message", a BadRequest's faults one per line as
// "FIELD: text" in its place, and returns the exit code that says the same. OK prints nothing.
int ReportError(const absl::Status& status, Console& console);

// The exit code that says `status`.
int ExitCodeOf(const absl::Status& status);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_CONSOLE_H_
