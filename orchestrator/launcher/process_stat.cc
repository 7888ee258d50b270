#include "orchestrator/launcher/process_stat.h"

#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace vagram {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

const std::string& BootId() {
  static const auto* const id =
      new std::string(absl::StripSuffix(ReadFile("/proc/sys/kernel/random/boot_id"), "\n"));
  return *id;
}

struct Stat {
  char state;
  std::string incarnation;
};

std::optional<Stat> ReadStat(int64_t pid) {
  const std::string stat = ReadFile(absl::StrCat("/proc/", pid, "/stat"));
  // proc(5): `pid (comm) state ...` and the start time is field 22; comm may hold anything.
  const size_t comm_end = stat.rfind(')');
  if (comm_end == std::string::npos) return std::nullopt;
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::string_view(stat).substr(comm_end + 1), ' ', absl::SkipEmpty());
  if (fields.size() < 20 || fields[0].empty()) return std::nullopt;
  return Stat{fields[0][0], absl::StrCat(BootId(), ":", fields[19])};
}

}  // namespace

std::optional<std::string> RunningIncarnation(int64_t pid) {
  const std::optional<Stat> stat = ReadStat(pid);
  if (!stat.has_value() || stat->state == 'Z' || stat->state == 'X') return std::nullopt;
  return stat->incarnation;
}

std::optional<std::string> Incarnation(int64_t pid) {
  const std::optional<Stat> stat = ReadStat(pid);
  if (!stat.has_value()) return std::nullopt;
  return stat->incarnation;
}

}  // namespace vagram
