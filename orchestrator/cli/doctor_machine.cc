#include "orchestrator/cli/doctor_machine.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace vagram::cli {
namespace {

using Level = Finding::Level;

constexpr double kGiB = 1 << 30;
// What a trial of a small task counts as: the default of resources.memory_gib.
constexpr double kLowMemoryGiB = 1;
constexpr char kSmallTrial[] = "a trial of a small task wants 1 GiB, as resources.memory_gib says";
// A trial has three processes with about 30 threads each.
constexpr int64_t kFewProcesses = 200;
// A trial takes the service some ten files: connections, pipes, a log per process.
constexpr uint64_t kFewOpenFiles = 1024;

}  // namespace

Finding CheckMemory(absl::string_view meminfo) {
  for (absl::string_view line : absl::StrSplit(meminfo, '\n')) {
    if (!absl::ConsumePrefix(&line, "MemAvailable:")) continue;
    double kib = 0;
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.empty() || !absl::SimpleAtod(words[0], &kib)) break;
    const double gib = kib * 1024 / kGiB;
    const std::string text = absl::StrFormat("%.1f GiB available", gib);
    if (gib >= kLowMemoryGiB) return {Level::kOk, "memory", text, ""};
    return {Level::kWarning, "memory", text,
            absl::StrCat(kSmallTrial, ": run fewer at a time (vagram up --slots 1)")};
  }
  return {Level::kWarning, "memory", "/proc/meminfo does not say how much is available", ""};
}

Finding CheckControlGroup(const ControlGroup& limits, int cores) {
  std::vector<std::string> found, remedies;
  const std::vector<absl::string_view> cpu =
      absl::StrSplit(limits.cpu_max, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  double quota = 0, period = 0;
  if (cpu.size() == 2 && absl::SimpleAtod(cpu[0], &quota) && absl::SimpleAtod(cpu[1], &period) &&
      period > 0) {
    found.push_back(absl::StrFormat("%.1f of %d cores", quota / period, cores));
  }
  double bytes = 0;
  if (absl::SimpleAtod(absl::StripAsciiWhitespace(limits.memory_max), &bytes)) {
    found.push_back(absl::StrFormat("%.1f GiB of memory", bytes / kGiB));
    if (bytes / kGiB < kLowMemoryGiB) {
      remedies.push_back(absl::StrCat(kSmallTrial, ": allow more"));
    }
  }
  int64_t pids = 0;
  if (absl::SimpleAtoi(absl::StripAsciiWhitespace(limits.pids_max), &pids)) {
    found.push_back(absl::StrCat(pids, " processes and threads"));
    if (pids < kFewProcesses) remedies.push_back("a trial takes about 100 threads: allow more");
  }
  if (found.empty()) return {Level::kOk, "limits", "the control group sets none", ""};
  return {remedies.empty() ? Level::kOk : Level::kWarning, "limits",
          absl::StrCat("the control group allows ", absl::StrJoin(found, ", ")),
          absl::StrJoin(remedies, "; ")};
}

Finding CheckThreads(int cores, const char* omp_num_threads, const char* openblas_num_threads) {
  std::vector<std::string> set;
  bool too_many = false;
  bool unreadable = false;
  for (const auto& [name, value] : {std::make_pair("OMP_NUM_THREADS", omp_num_threads),
                                    std::make_pair("OPENBLAS_NUM_THREADS", openblas_num_threads)}) {
    if (value == nullptr || *value == '\0') continue;
    set.push_back(absl::StrCat(name, "=", value));
    // OpenMP takes a list: a number for each level of nesting.
    const std::vector<absl::string_view> levels = absl::StrSplit(value, ',');
    int threads = 0;
    if (!absl::SimpleAtoi(levels[0], &threads) || threads < 1) {
      unreadable = true;
    } else {
      too_many |= threads > cores;
    }
  }
  const std::string machine = absl::StrCat(cores, cores == 1 ? " core" : " cores");
  if (set.empty()) {
    return {Level::kOk, "threads",
            absl::StrCat(machine, "; each trial has the threads of its resources.threads"), ""};
  }
  const std::string text = absl::StrCat(machine, ", ", absl::StrJoin(set, " "));
  if (unreadable) {
    return {Level::kWarning, "threads", text, "expected a number of threads, at least 1: unset it"};
  }
  if (too_many) {
    return {Level::kWarning, "threads", text,
            "threads that share a core wait for one another, up to 10 times slower: unset it; "
            "trials have their own (resources.threads)"};
  }
  return {Level::kOk, "threads", absl::StrCat(text, " (trials have their own)"), ""};
}

Finding CheckOpenFiles(uint64_t soft, uint64_t hard) {
  const std::string text = absl::StrCat("a process may have ", soft, " open",
                                        hard > soft ? absl::StrCat(" (at most ", hard, ")") : "");
  if (soft >= kFewOpenFiles) return {Level::kOk, "files", text, ""};
  return {
      Level::kWarning, "files", text,
      absl::StrCat("ulimit -n ", std::max<uint64_t>(kFewOpenFiles, std::min<uint64_t>(hard, 4096)),
                   " before vagram up: the service needs about ten for each running trial")};
}

Finding CheckFileSystem(const std::string& home, int64_t magic) {
  struct Kind {
    int64_t magic;
    const char* name;
    enum { kDisk, kMemory, kNetwork } where;
  };
  // statfs(2) and linux/magic.h.
  static constexpr Kind kKinds[] = {
      {0xef53, "ext4", Kind::kDisk},          {0x58465342, "xfs", Kind::kDisk},
      {0x9123683e, "btrfs", Kind::kDisk},     {0x2fc12fc1, "zfs", Kind::kDisk},
      {0xf2f52010, "f2fs", Kind::kDisk},      {0x794c7630, "overlayfs", Kind::kDisk},
      {0x01021994, "tmpfs", Kind::kMemory},   {0x858458f6, "ramfs", Kind::kMemory},
      {0x6969, "NFS", Kind::kNetwork},        {0xff534d42, "SMB", Kind::kNetwork},
      {0xfe534d42, "SMB", Kind::kNetwork},    {0x517b, "SMB", Kind::kNetwork},
      {0x65735546, "FUSE", Kind::kNetwork},   {0x00c36400, "Ceph", Kind::kNetwork},
      {0x0bd00bd0, "Lustre", Kind::kNetwork}, {0x01021997, "9p", Kind::kNetwork},
      {0x47504653, "GPFS", Kind::kNetwork},   {0x19830326, "BeeGFS", Kind::kNetwork}};
  const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                  [&](const Kind& known) { return known.magic == magic; });
  if (kind == std::end(kKinds)) {
    return {Level::kOk, "disk", absl::StrFormat("%s is on a file system of kind 0x%x", home, magic),
            ""};
  }
  const std::string text = absl::StrCat(home, " is on ", kind->name);
  switch (kind->where) {
    case Kind::kMemory:
      return {Level::kWarning, "disk", absl::StrCat(text, ": fast, and gone with the machine"),
              "checkpoints outlive a restart on a disk only: choose another --home"};
    case Kind::kNetwork:
      return {Level::kWarning, "disk",
              absl::StrCat(text, ", which may be far away: every acknowledged report waits for it"),
              "SQLite wants locks that many of these do not keep: choose a --home on a local disk"};
    default:
      return {Level::kOk, "disk", absl::StrCat(text, ", a local disk"), ""};
  }
}

Finding CheckClock(absl::Time now, absl::Time newest_file) {
  const std::string text = absl::FormatTime("%Y-%m-%d %H:%M:%S %z", now, absl::LocalTimeZone());
  const char remedy[] = "set it (date -s, or chrony): times of trials and leases follow it";
  // Older than this program.
  if (now < absl::FromCivil(absl::CivilDay(2024, 1, 1), absl::UTCTimeZone())) {
    return {Level::kFailure, "clock", absl::StrCat("it says ", text), remedy};
  }
  if (newest_file > now + absl::Minutes(1)) {
    return {Level::kWarning, "clock",
            absl::StrCat("it says ", text, ", but the service has left files of ",
                         absl::FormatTime("%Y-%m-%d %H:%M:%S", newest_file, absl::LocalTimeZone())),
            remedy};
  }
  return {Level::kOk, "clock", text, ""};
}

}  // namespace vagram::cli
