#ifndef ORCHESTRATOR_MACHINE_H_
#define ORCHESTRATOR_MACHINE_H_

#include <cstdint>
#include <string>

namespace vagram {

// What this process and those that it starts can have of the machine: what it has, or the smallest
// limit of their control group and those above it (version 2 or 1).
//   root: where proc and sys/fs/cgroup lie, "/" but in tests.

// Bytes; 0: unknown.
int64_t MachineMemory(const std::string& root);

// Cores that they may run on, or as many whole ones as the limit gives time of; at least 1.
int MachineCores(const std::string& root);

}  // namespace vagram

#endif  // ORCHESTRATOR_MACHINE_H_
