#ifndef CORE_WORKER_FLAGS_H_
#define CORE_WORKER_FLAGS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "core/rpc/channel.h"

namespace vagram {

// What a worker is told on its command line.
struct WorkerFlags {
  Endpoint orchestrator;  // --orchestrator=HOST:PORT and the secret in --token_file=PATH
  std::string trial_id;   // --trial=3/0
  int64_t attempt = 0;    // --attempt=1
  int index = 0;          // --index=0
};

// Reads the command line that every worker shares.
//   INVALID_ARGUMENT: every fault of it and the usage; also for --help.
absl::StatusOr<WorkerFlags> ParseWorkerFlags(int argc, char** argv);

}  // namespace vagram

#endif  // CORE_WORKER_FLAGS_H_
