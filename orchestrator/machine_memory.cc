#include "orchestrator/machine_memory.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

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

// The limits in `file` of the group's folder and of all above it, up to the mount point, which in a
// container is the group itself.
void AddLimits(const std::string& mount, std::string group, const char* file,
               std::vector<int64_t>& limits) {
  while (true) {
    int64_t limit = 0;  // "max" is none
    if (absl::SimpleAtoi(ReadText(absl::StrCat(mount, group, "/", file)), &limit) && limit > 0) {
      limits.push_back(limit);
    }
    if (group.empty()) return;
    group.resize(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
  }
}

}  // namespace

int64_t MachineMemory(const std::string& root) {
  const int64_t total = TotalMemory(root);
  std::vector<int64_t> limits;
  if (total > 0) limits.push_back(total);
  const std::string mount = absl::StrCat(root, "sys/fs/cgroup");
  // Lines of ID:CONTROLLERS:PATH; version 2 names no controllers.
  const std::string groups = ReadText(absl::StrCat(root, "proc/self/cgroup"));
  for (const absl::string_view line : absl::StrSplit(groups, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3 || !absl::StartsWith(parts[2], "/")) continue;
    const std::string group = parts[2] == "/" ? "" : parts[2];
    const std::vector<absl::string_view> controllers = absl::StrSplit(parts[1], ',');
    if (parts[1].empty()) {
      AddLimits(mount, group, "memory.max", limits);
    } else if (std::count(controllers.begin(), controllers.end(), "memory") > 0) {
      AddLimits(absl::StrCat(mount, "/memory"), group, "memory.limit_in_bytes", limits);
    }
  }
  return limits.empty() ? 0 : *std::min_element(limits.begin(), limits.end());
}

}  // namespace vagram
