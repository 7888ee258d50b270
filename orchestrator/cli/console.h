#ifndef ORCHESTRATOR_CLI_CONSOLE_H_
#define ORCHESTRATOR_CLI_CONSOLE_H_

#include <iosfwd>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/base/stop.h"

namespace vagram::cli {

// What the process answers to its caller; part of the interface, shown by --help.
enum ExitCode {
  kExitOk = 0,
  kExitFailed = 1,       // a trial failed or was cancelled, or the command could not do its work
  kExitUsage = 2,        // wrong command line or experiment file
  kExitUnreachable = 3,  // no service answers
  kExitNotFound = 4,
};

// Where a command reads its interruption from and writes to: results on `out`, everything else
// on `err`.
struct Console {
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool color = false;  // on whatever is a terminal
  Stop* interrupt;     // tripped by Ctrl-C

  bool color_out() const { return color && out_is_terminal; }
  bool color_err() const { return color && err_is_terminal; }
};

// Prints `status` on console.err as "vagram: message", a BadRequest's faults one per line as
// "FIELD: text" in its place, and returns the exit code that says the same. OK prints nothing.
int ReportError(const absl::Status& status, Console& console);

// The exit code that says `status`.
int ExitCodeOf(const absl::Status& status);

struct TerminalSize {
  int rows = 24;
  int columns = 80;
};

// Of the terminal on `file_descriptor`; the default where there is none.
TerminalSize SizeOfTerminal(int file_descriptor);

// Lines at the end of a terminal's output that are drawn over again and again. The caller writes
// nothing else to `out` in between. Not thread-safe.
class LiveRegion {
 public:
  explicit LiveRegion(std::ostream* out) : out_(out) {}

  // Replaces what was drawn before. Lines must fit into `columns`: longer ones are cut.
  void Draw(const std::vector<std::string>& lines, int columns);

  // Removes what was drawn.
  void Clear();

 private:
  std::string EraseSequence() const;

  std::ostream* out_;
  int drawn_ = 0;
};

// `line` with at most `columns` visible characters; colour sequences count nothing.
std::string CutToWidth(const std::string& line, int columns);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_CONSOLE_H_
