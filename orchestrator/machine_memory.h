#ifndef ORCHESTRATOR_MACHINE_MEMORY_H_
#define ORCHESTRATOR_MACHINE_MEMORY_H_

#include <cstdint>
#include <string>

namespace vagram {

// The memory that processes of this one's control group can have, in bytes: the machine's, or the
// smallest limit of the group and those above it (version 2 or 1). 0: unknown.
//   root: where proc and sys/fs/cgroup lie, "/" but in tests.
int64_t MachineMemory(const std::string& root);

}  // namespace vagram

#endif  // ORCHESTRATOR_MACHINE_MEMORY_H_
