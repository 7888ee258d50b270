#include "orchestrator/flags.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "orchestrator/machine.h"
#include "orchestrator/resources.h"

ABSL_FLAG(std::string, home, "", "home folder of the service");
ABSL_FLAG(uint16_t, port, 0, "port on 127.0.0.1; 0: that of the last start if free, else any");
ABSL_FLAG(int, dashboard_port, 0,
          "port of the dashboard on 127.0.0.1; 0: that of the last start if free, else any; -1: no "
          "dashboard");
ABSL_FLAG(int, slots, 0,
          "trials that run at the same time, if each takes one slot; 0: as many as this process "
          "has cores");
ABSL_FLAG(int, threads, -1,
          "compute threads that trials use at the same time; 0: no limit; -1: as many as cores or "
          "slots, and a trial that wants more has them all");
ABSL_FLAG(double, memory_gib, -1,
          "memory that trials use together; 0: no limit; -1: what this machine has");
ABSL_FLAG(int, preempt_grace_seconds, 20,
          "what preempted workers have to save a checkpoint, before they are killed");
ABSL_FLAG(std::string, bin_dir, "",
          "folder with actor/, learner/ and model_server/; empty: beside this program's folder");
ABSL_FLAG(int, exit_when_orphaned_by, 0, "stop when this process is gone; 0: never");

namespace vagram {
namespace {

std::string Absolute(const std::string& path) {
  std::error_code error;
  return std::filesystem::absolute(path, error).lexically_normal().string();
}

std::string BesideThisProgram() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path().string();
}

absl::Status ReadBudget(Scheduler::Options& options) {
  const int cores = MachineCores("/");
  const int slots = absl::GetFlag(FLAGS_slots), threads = absl::GetFlag(FLAGS_threads);
  const double memory_gib = absl::GetFlag(FLAGS_memory_gib);
  constexpr double kMostGib = 1e6;  // as one trial may ask for
  const bool memory_fits = (memory_gib >= 0 && memory_gib <= kMostGib) || memory_gib == -1;
  if (slots < 0 || threads < -1 || !memory_fits) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected --slots of 0 or more, --threads of -1 or more and --memory_gib of "
                     "-1 or 0 to ",
                     kMostGib, ", got ", slots, ", ", threads, " and ", memory_gib));
  }
  options.slots = slots > 0 ? slots : cores;
  options.firm_threads = threads >= 0;
  options.threads = threads >= 0 ? threads : std::max(cores, options.slots);
  options.memory_mib = memory_gib >= 0 ? ToMib(memory_gib) : MachineMemory("/") >> 20;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Orchestrator::Options> OptionsFromCommandLine(int argc, char** argv) {
  absl::SetProgramUsageMessage("Runs the VaGraM service; `vagram up` starts it for you.");
  absl::FlagsUsageConfig usage;
  usage.contains_help_flags = [](absl::string_view file) {
    return absl::EndsWith(file, "orchestrator/flags.cc");
  };
  absl::SetFlagsUsageConfig(usage);
  if (absl::ParseCommandLine(argc, argv).size() > 1 || absl::GetFlag(FLAGS_home).empty()) {
    return absl::InvalidArgumentError("expected --home=DIR and flags only; see --help");
  }
  Orchestrator::Options options;
  options.home = Absolute(absl::GetFlag(FLAGS_home));
  options.port = absl::GetFlag(FLAGS_port);
  options.dashboard_port = absl::GetFlag(FLAGS_dashboard_port);
  if (options.dashboard_port < -1 || options.dashboard_port > 65535) {
    return absl::InvalidArgumentError("expected --dashboard_port of -1 to 65535");
  }
  options.bin_dir = absl::GetFlag(FLAGS_bin_dir).empty() ? BesideThisProgram()
                                                         : Absolute(absl::GetFlag(FLAGS_bin_dir));
  options.owner = absl::GetFlag(FLAGS_exit_when_orphaned_by);
  RETURN_IF_ERROR(ReadBudget(options.scheduler));
  if (absl::GetFlag(FLAGS_preempt_grace_seconds) < 0) {
    return absl::InvalidArgumentError("expected --preempt_grace_seconds of 0 or more");
  }
  options.scheduler.preempt_grace = absl::Seconds(absl::GetFlag(FLAGS_preempt_grace_seconds));
  return options;
}

}  // namespace vagram
