#ifndef ORCHESTRATOR_LAUNCHER_PROCESS_STAT_H_
#define ORCHESTRATOR_LAUNCHER_PROCESS_STAT_H_

#include <cstdint>
#include <optional>
#include <string>

namespace vagram {

// The incarnation of the process that runs under `pid` on this machine: boot id and start time, so
// that neither a recycled pid nor one from before a reboot is taken for it. nullopt when no process
// has this pid, or only a zombie that its parent has not collected.
std::optional<std::string> RunningIncarnation(int64_t pid);

// The same, a zombie included.
std::optional<std::string> Incarnation(int64_t pid);

}  // namespace vagram

#endif  // ORCHESTRATOR_LAUNCHER_PROCESS_STAT_H_
