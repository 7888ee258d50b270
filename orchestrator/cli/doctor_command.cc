#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/doctor.h"
#include "orchestrator/cli/doctor_machine.h"
#include "orchestrator/cli/experiments_client.h"
#include "orchestrator/cli/home.h"
#include "orchestrator/cli/service_process.h"
#include "orchestrator/cli/table.h"
#include "orchestrator/cli/terminal_text.h"
#include "orchestrator/machine.h"

namespace vagram::cli {
namespace {

using Level = Finding::Level;

// tools/packages.txt, as it was when this program was built.
constexpr char kPackages[] =
#include "orchestrator/cli/packages.inc"
    ;

constexpr int64_t kMaxSystemFileBytes = 256 << 20;

const char* LevelName(Level level) {
  switch (level) {
    case Level::kOk:
      return "ok";
    case Level::kWarning:
      return "warn";
    case Level::kFailure:
      return "fail";
  }
  return "fail";
}

Color LevelColor(Level level) {
  switch (level) {
    case Level::kOk:
      return Color::kGreen;
    case Level::kWarning:
      return Color::kYellow;
    case Level::kFailure:
      return Color::kRed;
  }
  return Color::kNone;
}

Finding CheckService(const std::string& home, Stop* interrupt) {
  const auto client = ExperimentsClient::Connect(home, interrupt);
  if (absl::IsUnavailable(client.status())) {
    return {Level::kOk, "service", "none is running", "vagram up starts one, if you want it"};
  }
  if (!client.ok()) {
    return {Level::kFailure, "service", std::string(client.status().message()), ""};
  }
  const auto info = (*client)->GetServiceInfo();
  if (info.ok()) {
    return {Level::kOk, "service",
            absl::StrCat("answers at ", (*client)->record().address, " (pid ", info->pid(), ")"),
            ""};
  }
  return {Level::kWarning, "service", std::string(info.status().message()),
          absl::StrCat("see ", home, "/logs/orchestrator.log, then: vagram up")};
}

// The folder, or the next one above it that is there.
std::string ExistingFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::path place = path;
  while (!std::filesystem::exists(place, error) && place.has_relative_path()) {
    place = place.parent_path();
  }
  return place.string();
}

Finding LookAtFileSystem(const std::string& home) {
  struct statfs status = {};
  if (statfs(ExistingFolder(home).c_str(), &status) != 0) {
    return {Level::kWarning, "disk", absl::StrCat(home, ": ", std::strerror(errno)), ""};
  }
  return CheckFileSystem(home, static_cast<int64_t>(status.f_type));
}

Finding LookAtOpenFiles() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return {Level::kWarning, "files", absl::StrCat("getrlimit: ", std::strerror(errno)), ""};
  }
  return CheckOpenFiles(limit.rlim_cur, limit.rlim_max);
}

Finding LookAtClock(const std::string& home) {
  absl::Time newest = absl::InfinitePast();
  for (const char* file : {"service.json", "vagram.db", "vagram.db-wal"}) {
    struct stat status = {};
    if (stat(absl::StrCat(home, "/", file).c_str(), &status) == 0) {
      newest = std::max(newest, absl::TimeFromTimespec(status.st_mtim));
    }
  }
  return CheckClock(absl::Now(), newest);
}

// A file of this process's control group; `controller` is "" in version 2. A container often sees
// its own group as the root.
std::string ReadGroupFile(const std::string& controller, const std::string& file) {
  const std::string groups = ReadFile("/proc/self/cgroup", kMaxSystemFileBytes).value_or("");
  std::string path;
  for (absl::string_view line : absl::StrSplit(groups, '\n')) {  // "4:cpu,cpuacct:/PATH"
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() < 3) continue;
    const std::vector<std::string> controllers = absl::StrSplit(parts[1], ',');
    if (std::count(controllers.begin(), controllers.end(), controller) > 0) path = parts[2];
  }
  for (const std::string& folder : {path, std::string()}) {
    const auto text = ReadFile(absl::StrCat("/sys/fs/cgroup/", controller, folder, "/", file),
                               kMaxSystemFileBytes);
    if (text.ok()) return std::string(absl::StripAsciiWhitespace(*text));
  }
  return "";
}

// In the words of version 2, which says "max" where version 1 has -1 or a number beyond all memory.
ControlGroup ReadControlGroup() {
  if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0) {
    return {ReadGroupFile("", "cpu.max"), ReadGroupFile("", "memory.max"),
            ReadGroupFile("", "pids.max")};
  }
  const std::string quota = ReadGroupFile("cpu", "cpu.cfs_quota_us");
  const std::string memory = ReadGroupFile("memory", "memory.limit_in_bytes");
  constexpr size_t kDigitsOfAPebibyte = 16;
  return {
      quota == "-1" ? "max" : absl::StrCat(quota, " ", ReadGroupFile("cpu", "cpu.cfs_period_us")),
      memory.size() >= kDigitsOfAPebibyte ? "max" : memory, ReadGroupFile("pids", "pids.max")};
}

std::vector<Finding> Examine(const Arguments& arguments, Stop* interrupt) {
  const int cores = MachineCores("/");
  const int all_cores = static_cast<int>(std::thread::hardware_concurrency());
  return {
      CheckPackages(kPackages, ReadFile("/var/lib/dpkg/status", kMaxSystemFileBytes).value_or("")),
      CheckBlas(),
      CheckPrograms(BinaryFolder()),
      CheckThreads(cores, std::getenv("OMP_NUM_THREADS"), std::getenv("OPENBLAS_NUM_THREADS")),
      CheckMemory(ReadFile("/proc/meminfo", kMaxSystemFileBytes).value_or("")),
      CheckControlGroup(ReadControlGroup(), all_cores),
      LookAtOpenFiles(),
      LookAtClock(arguments.home),
      CheckLoopback(),
      CheckRendering(),
      CheckPlotting(),
      CheckHome(arguments.home),
      LookAtFileSystem(arguments.home),
      CheckToken(arguments.home),
      CheckService(arguments.home, interrupt)};
}

}  // namespace

int Doctor(const Arguments& arguments, Console& console) {
  const std::vector<Finding> findings = Examine(arguments, console.interrupt);
  bool failed = false;
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    failed |= finding.level == Level::kFailure;
    if (arguments.json) {
      json.push_back({{"check", finding.check},
                      {"level", LevelName(finding.level)},
                      {"text", finding.text},
                      {"remedy", finding.remedy}});
      continue;
    }
    std::string level = LevelName(finding.level);
    level.resize(5, ' ');
    std::string check = finding.check;
    check.resize(9, ' ');
    const int width = console.out_columns();
    // The level is painted after the line is broken, which counts characters.
    std::vector<std::string> lines =
        Wrap(absl::StrCat(level, check, " ", Printable(finding.text)), width, 15);
    lines[0] = Paint(level, LevelColor(finding.level), console.color_out()) +
               lines[0].substr(level.size());
    if (!finding.remedy.empty()) {
      for (std::string& line :
           Wrap(absl::StrCat("      -> ", Printable(finding.remedy)), width, 9)) {
        lines.push_back(std::move(line));
      }
    }
    for (const std::string& line : lines) console.out << line << "\n";
  }
  if (arguments.json) {
    console.out << json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }
  return failed ? kExitFailed : kExitOk;
}

}  // namespace vagram::cli
