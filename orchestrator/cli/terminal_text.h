#ifndef ORCHESTRATOR_CLI_TERMINAL_TEXT_H_
#define ORCHESTRATOR_CLI_TERMINAL_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace vagram::cli {

// Text in columns. Every UTF-8 sequence counts as one column.

constexpr int kAnyWidth = 1 << 20;  // of what is no terminal: lines stay whole

int Width(absl::string_view text);

// Without colour sequences.
int VisibleWidth(absl::string_view line);

// `line` with at most `columns` visible characters; colour sequences count nothing.
std::string CutToWidth(const std::string& line, int columns);

// `text` in at most `columns`, "..." in place of its end or of its middle.
std::string WithoutEnd(absl::string_view text, int columns);
std::string WithoutMiddle(absl::string_view text, int columns);

// `text` in lines of at most `columns`, broken at spaces, from the second on indented by `indent`.
// A longer word is broken anywhere.
std::vector<std::string> Wrap(absl::string_view text, int columns, int indent = 2);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_TERMINAL_TEXT_H_
