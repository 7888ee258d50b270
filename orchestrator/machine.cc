#include "orchestrator/machine.h"

#include <algorithm>
#include <bitset>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace vagram {
namespace {

std::string ReadText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// What the kernel has, which is a little less than what is built in.
int64_t TotalMemory(const std::string& root) {
  std::istringstream lines(ReadText(absl::StrCat(root, "proc/meminfo")));
  std::string key, unit;
  for (int64_t kib = 0; lines >> key >> kib;) {
    if (key == "MemTotal:") return kib * 1024;
    std::getline(lines, unit);
  }
  return 0;
}

// Those that the process may be scheduled on.
int AllowedCores(const std::string& root) {
  const std::string status = ReadText(absl::StrCat(root, "proc/self/status"));
  for (absl::string_view line : absl::StrSplit(status, '\n')) {
    if (!absl::ConsumePrefix(&line, "Cpus_allowed:")) continue;
    size_t cores = 0;
    for (const absl::string_view word : absl::StrSplit(absl::StripAsciiWhitespace(line), ',')) {
      uint32_t mask = 0;
      if (absl::SimpleHexAtoi(word, &mask)) cores += std::bitset<32>(mask).count();
    }
    if (cores > 0) return static_cast<int>(cores);
  }
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// A folder with the files of a control group.
struct GroupFolder {
  std::string path;
  bool unified;  // version 2
};

// Those of this process's group for the controller and of all groups above it, up to the mount
// point, which in a container is the group itself.
std::vector<GroupFolder> GroupFolders(const std::string& root, const std::string& controller) {
  std::vector<GroupFolder> folders;
  const std::string mount = absl::StrCat(root, "sys/fs/cgroup");
  // Lines of ID:CONTROLLERS:PATH; version 2 names no controllers.
  const std::string groups = ReadText(absl::StrCat(root, "proc/self/cgroup"));
  for (const absl::string_view line : absl::StrSplit(groups, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3 || !absl::StartsWith(parts[2], "/")) continue;
    const std::vector<absl::string_view> controllers = absl::StrSplit(parts[1], ',');
    const bool unified = parts[1].empty();
    if (!unified && std::count(controllers.begin(), controllers.end(), controller) == 0) continue;
    const std::string top = unified ? mount : absl::StrCat(mount, "/", controller);
    for (std::string group = parts[2] == "/" ? "" : parts[2]; !group.empty();
         group.resize(group.rfind('/'))) {
      folders.push_back({absl::StrCat(top, group), unified});
    }
    folders.push_back({top, unified});
  }
  return folders;
}

// The number in a file; 0 where there is none, as in "max".
int64_t ReadNumber(const GroupFolder& folder, const char* file) {
  int64_t number = 0;
  const std::string text = ReadText(absl::StrCat(folder.path, "/", file));
  return absl::SimpleAtoi(text, &number) ? number : 0;
}

// How many cores' time the group may use; 0: no limit.
double CoresOf(const GroupFolder& folder) {
  double quota = 0, period = 0;
  if (folder.unified) {  // "200000 100000", or "max 100000"
    std::istringstream(ReadText(absl::StrCat(folder.path, "/cpu.max"))) >> quota >> period;
  } else {
    quota = static_cast<double>(ReadNumber(folder, "cpu.cfs_quota_us"));  // -1: no limit
    period = static_cast<double>(ReadNumber(folder, "cpu.cfs_period_us"));
  }
  return quota > 0 && period > 0 ? quota / period : 0;
}

}  // namespace

int64_t MachineMemory(const std::string& root) {
  int64_t memory = TotalMemory(root);
  for (const GroupFolder& folder : GroupFolders(root, "memory")) {
    const int64_t limit =
        ReadNumber(folder, folder.unified ? "memory.max" : "memory.limit_in_bytes");
    if (limit > 0 && (memory == 0 || limit < memory)) memory = limit;
  }
  return memory;
}

int MachineCores(const std::string& root) {
  int cores = AllowedCores(root);
  for (const GroupFolder& folder : GroupFolders(root, "cpu")) {
    const double limit = CoresOf(folder);
    if (limit > 0 && limit < cores) cores = std::max(1, static_cast<int>(limit));
  }
  return cores;
}

}  // namespace vagram
