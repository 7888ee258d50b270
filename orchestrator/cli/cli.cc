#include "orchestrator/cli/cli.h"

#include <map>
#include <ostream>
#include <utility>

#include "orchestrator/cli/command_line.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/home.h"

namespace vagram::cli {
namespace {

using Command = int (*)(const Arguments&, Console&);

const std::map<std::string, Command>& Commands() {
  static const auto* const commands =
      new std::map<std::string, Command>{{"up", Up},           {"down", Down},
                                         {"run", Run},         {"submit", Submit},
                                         {"list", List},       {"status", Status},
                                         {"logs", Logs},       {"cancel", Cancel},
                                         {"pause", Pause},     {"resume", Resume},
                                         {"preempt", Preempt}, {"check", Check},
                                         {"envs", Envs},       {"losses", Losses},
                                         {"presets", Presets}, {"render", Render},
                                         {"lab", Lab},         {"doctor", Doctor},
                                         {"compare", Compare}, {"plot", Plot},
                                         {"export", Export},   {"completion", Completion},
                                         {"man", Man}};
  return *commands;
}

int ParseAndRun(const std::vector<std::string>& words, Console& console) {
  ParsedCommandLine parsed = ParseCommandLine(words);
  if (!parsed.arguments.has_value()) {
    (parsed.exit_code == kExitOk ? console.out : console.err) << parsed.text << std::flush;
    return parsed.exit_code;
  }
  Arguments arguments = *std::move(parsed.arguments);
  absl::StatusOr<std::string> home = ResolveHome(arguments.home);
  if (!home.ok()) return ReportError(home.status(), console);
  arguments.home = *std::move(home);
  if (arguments.color == "always") console.color = ColorMode::kAlways;
  if (arguments.color == "never") console.color = ColorMode::kNever;
  if (arguments.color == "auto") console.color = ColorMode::kOnTerminals;
  return Commands().at(arguments.command)(arguments, console);
}

}  // namespace

int RunCommandLine(const std::vector<std::string>& words, Console& console) {
  const int code = ParseAndRun(words, console);
  console.out.flush();
  if (console.out.good()) return code;
  console.err << "vagram: could not write the output: is the disk full?\n";
  return code == kExitOk ? kExitFailed : code;
}

}  // namespace vagram::cli
