// vagram: the command line of the service. `vagram --help` says what it can do.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "core/base/stop.h"
#include "orchestrator/cli/cli.h"

int main(int argc, char** argv) {
  vagram::Stop interrupt;
  vagram::SignalThread signals(&interrupt);
  vagram::cli::Console console{
      std::cout,
      std::cerr,
      isatty(STDOUT_FILENO) == 1,
      isatty(STDERR_FILENO) == 1,
      vagram::cli::ColorModeOf(std::getenv("NO_COLOR"), std::getenv("CLICOLOR_FORCE")),
      &interrupt,
      [] { return vagram::cli::SizeOfTerminal(STDOUT_FILENO); },
      [] { return vagram::cli::SizeOfTerminal(STDERR_FILENO); }};
  return vagram::cli::RunCommandLine(std::vector<std::string>(argv + 1, argv + argc), console);
}
