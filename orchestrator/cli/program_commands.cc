#include "orchestrator/cli/become_program.h"
#include "orchestrator/cli/commands.h"

namespace vagram::cli {

int Render(const Arguments& arguments, Console& console) {
  return BecomeProgram("actor/render", arguments.passed_on, console);
}

int Lab(const Arguments& arguments, Console& console) {
  return BecomeProgram("lab/lab", arguments.passed_on, console);
}

}  // namespace vagram::cli
