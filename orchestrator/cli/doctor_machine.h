#ifndef ORCHESTRATOR_CLI_DOCTOR_MACHINE_H_
#define ORCHESTRATOR_CLI_DOCTOR_MACHINE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "orchestrator/cli/doctor.h"

namespace vagram::cli {

// Looks at what the machine, or the container, grants a process. What the system says comes in as
// text or numbers; a caller reads it.

// Memory; `meminfo` is the text of /proc/meminfo.
Finding CheckMemory(absl::string_view meminfo);

// What a control group allows: the texts of cpu.max, memory.max and pids.max (version 2), each ""
// where there is none.
struct ControlGroup {
  std::string cpu_max;
  std::string memory_max;
  std::string pids_max;
};
// cores: of the machine.
Finding CheckControlGroup(const ControlGroup& limits, int cores);

// Compute threads that this environment asks for, of `cores` that it may use; nullptr: the variable
// is unset. Trials get their own number (resources.threads), `render` and `lab` these.
Finding CheckThreads(int cores, const char* omp_num_threads, const char* openblas_num_threads);

// Files that a process may have open: `soft` is what it has, `hard` what it may ask for.
Finding CheckOpenFiles(uint64_t soft, uint64_t hard);

// The kind of file system that holds the home folder: `magic` is statfs's f_type.
Finding CheckFileSystem(const std::string& home, int64_t magic);

// The clock, against the newest time that the service has left in the home folder; InfinitePast
// where it has left none.
Finding CheckClock(absl::Time now, absl::Time newest_file);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_DOCTOR_MACHINE_H_
