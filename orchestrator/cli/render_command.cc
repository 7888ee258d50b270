#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/service_process.h"

namespace vagram::cli {

// The program that makes clips takes this one's place: it links what this one must not, and its
// output, interruption and exit code are then the user's without a go-between.
int Render(const Arguments& arguments, Console& console) {
  const std::string program = absl::StrCat(BinaryFolder(), "/actor/render");
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const std::string& option : arguments.render_options) {
    argv.push_back(const_cast<char*>(option.c_str()));
  }
  argv.push_back(nullptr);
  console.out.flush();
  // Ctrl-C, which this program keeps for a thread of its own, must reach the next one.
  sigset_t none, ours;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, &ours);
  execv(program.c_str(), argv.data());
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &ours, nullptr);
  console.err << "vagram: cannot run " << program << ": " << std::strerror(error)
              << "; build //actor:render, or set VAGRAM_BIN_DIR\n";
  return kExitFailed;
}

}  // namespace vagram::cli
