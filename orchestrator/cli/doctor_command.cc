#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/doctor.h"
#include "orchestrator/cli/experiments_client.h"
#include "orchestrator/cli/home.h"
#include "orchestrator/cli/service_process.h"
#include "orchestrator/cli/table.h"

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

std::vector<Finding> Examine(const Arguments& arguments, Stop* interrupt) {
  return {
      CheckPackages(kPackages, ReadFile("/var/lib/dpkg/status", kMaxSystemFileBytes).value_or("")),
      CheckBlas(),
      CheckPrograms(BinaryFolder()),
      CheckMachine(static_cast<int>(std::thread::hardware_concurrency()),
                   ReadFile("/proc/meminfo", kMaxSystemFileBytes).value_or("")),
      CheckLoopback(),
      CheckRendering(),
      CheckHome(arguments.home),
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
    console.out << Paint(level, LevelColor(finding.level), console.color_out()) << check << " "
                << Printable(finding.text) << "\n";
    if (!finding.remedy.empty()) console.out << "      -> " << Printable(finding.remedy) << "\n";
  }
  if (arguments.json) {
    console.out << json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }
  return failed ? kExitFailed : kExitOk;
}

}  // namespace vagram::cli
