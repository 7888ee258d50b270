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
  // https://no-color.org: any value but the empty one.
  const char* no_color = std::getenv("NO_COLOR");
  vagram::cli::Console console{std::cout,
                               std::cerr,
                               isatty(STDOUT_FILENO) == 1,
                               isatty(STDERR_FILENO) == 1,
                               no_color == nullptr || *no_color == '\0',
                               &interrupt};
  return vagram::cli::RunCommandLine(std::vector<std::string>(argv + 1, argv + argc), console);
}
