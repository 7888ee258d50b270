#ifndef CORE_BASE_KILL_POINT_H_
#define CORE_BASE_KILL_POINT_H_

#include "absl/strings/string_view.h"

namespace vagram {

// A named place at which tests let a process die (SIGKILL), as a machine may let it die anywhere.
// The environment's VAGRAM_KILL_POINTS names a folder: where it has a file NAME with a number N,
// the process that comes past NAME for the N-th time removes the file and dies. Of all processes
// with this environment one dies, once per file. Costs nothing without it. Thread-safe.
void KillPoint(absl::string_view name);

}  // namespace vagram

#endif  // CORE_BASE_KILL_POINT_H_
