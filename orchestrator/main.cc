// The orchestrator: queues trials, launches and watches their workers, answers users.
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "core/base/clock.h"
#include "core/base/logging.h"
#include "core/base/stop.h"
#include "orchestrator/launcher/local_launcher.h"
#include "orchestrator/orchestrator.h"

ABSL_FLAG(std::string, home, "", "home folder of the service");
ABSL_FLAG(uint16_t, port, 0, "port on 127.0.0.1; 0: that of the last start if free, else any");
ABSL_FLAG(int, slots, 1, "trials that run at the same time, if each takes one slot");
ABSL_FLAG(std::string, bin_dir, "",
          "folder with actor/, learner/ and model_server/; empty: beside this program's folder");
ABSL_FLAG(int, exit_when_orphaned_by, 0, "stop when this process is gone; 0: never");

namespace {

std::string Absolute(const std::string& path) {
  std::error_code error;
  return std::filesystem::absolute(path, error).lexically_normal().string();
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Runs the VaGraM service; `vagram up` starts it for you.");
  if (absl::ParseCommandLine(argc, argv).size() > 1 || absl::GetFlag(FLAGS_home).empty()) {
    std::cerr << "orchestrator: expected --home=DIR and flags only; see --help\n";
    return 2;
  }
  vagram::InitLogging(argv[0]);
  vagram::Stop stop;
  vagram::SignalThread signals(&stop);

  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  vagram::Orchestrator::Options options;
  options.home = Absolute(absl::GetFlag(FLAGS_home));
  options.port = absl::GetFlag(FLAGS_port);
  options.bin_dir = absl::GetFlag(FLAGS_bin_dir).empty()
                        ? program.parent_path().parent_path().string()
                        : Absolute(absl::GetFlag(FLAGS_bin_dir));
  options.owner = absl::GetFlag(FLAGS_exit_when_orphaned_by);
  options.scheduler.slots = absl::GetFlag(FLAGS_slots);

  vagram::LocalLauncher launcher;
  const auto orchestrator =
      vagram::Orchestrator::Start(options, &launcher, vagram::Clock::Real(), &stop);
  if (!orchestrator.ok()) {
    std::cerr << "orchestrator: " << orchestrator.status().message() << "\n";
    return 1;
  }
  stop.Wait();
  return 0;
}
