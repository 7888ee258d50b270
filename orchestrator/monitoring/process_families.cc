#include "orchestrator/monitoring/process_families.h"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <system_error>

#include "orchestrator/monitoring/metric_family.h"

namespace vagram {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

double CpuSeconds() {
  rusage usage = {};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return kUnknown;
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");  // proc(5): size and resident set, in pages
  double size = 0;
  double resident = 0;
  if (!(statm >> size >> resident)) return kUnknown;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double OpenFiles() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  return error ? kUnknown : static_cast<double>(std::distance(begin(files), end(files)));
}

double MaxOpenFiles() {
  rlimit limit = {};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : kUnknown;
}

}  // namespace

std::vector<prometheus::MetricFamily> ProcessFamilies(absl::Time started_at) {
  std::vector<prometheus::MetricFamily> families;
  const auto add = [&families](prometheus::MetricFamily family, double value) {
    AddSeries(families.emplace_back(std::move(family)), {}, value);
  };
  add(GaugeFamily("process_start_time_seconds",
                  "When the service was started, in seconds since 1970."),
      absl::ToDoubleSeconds(started_at - absl::UnixEpoch()));
  add(CounterFamily("process_cpu_seconds_total", "Processor time of the service."), CpuSeconds());
  add(GaugeFamily("process_resident_memory_bytes", "Memory of the service."), ResidentBytes());
  add(GaugeFamily("process_open_fds", "Open files of the service."), OpenFiles());
  add(GaugeFamily("process_max_fds", "Files that the service may open."), MaxOpenFiles());
  return families;
}

std::vector<prometheus::MetricFamily> DiskFamilies(const std::string& home) {
  struct statvfs disk = {};
  const bool known = statvfs(home.c_str(), &disk) == 0;
  const auto bytes = [&](fsblkcnt_t blocks) {
    return known ? static_cast<double>(blocks) * static_cast<double>(disk.f_frsize) : kUnknown;
  };
  prometheus::MetricFamily free =
      GaugeFamily("vagram_home_free_bytes", "Room left for the service on its home folder's disk.");
  AddSeries(free, {}, bytes(disk.f_bavail));
  prometheus::MetricFamily size =
      GaugeFamily("vagram_home_size_bytes", "Size of the home folder's disk.");
  AddSeries(size, {}, bytes(disk.f_blocks));
  return {free, size};
}

}  // namespace vagram
