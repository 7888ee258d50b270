#include "orchestrator/cli/become_program.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "orchestrator/cli/service_process.h"

namespace vagram::cli {

int BecomeProgram(const std::string& program, const std::vector<std::string>& arguments,
                  Console& console) {
  const std::string path = absl::StrCat(BinaryFolder(), "/", program);
  std::vector<char*> argv = {const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  console.out.flush();
  // Ctrl-C, which this program keeps for a thread of its own, must reach the next one.
  sigset_t none, ours;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, &ours);
  execv(path.c_str(), argv.data());
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &ours, nullptr);
  console.err << "vagram: cannot run " << path << ": " << std::strerror(error) << "; build //"
              << absl::StrReplaceAll(program, {{"/", ":"}}) << ", or set VAGRAM_BIN_DIR\n";
  return kExitFailed;
}

}  // namespace vagram::cli
