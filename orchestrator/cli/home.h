#ifndef ORCHESTRATOR_CLI_HOME_H_
#define ORCHESTRATOR_CLI_HOME_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vagram::cli {

// What HOME/service.json says of a service that was serving when it wrote the file.
struct ServiceRecord {
  std::string address;    // HOST:PORT
  std::string dashboard;  // its URL; empty when there is none
  int64_t pid = 0;
  std::string instance_id;
};

// `chosen` made absolute; when it is empty $VAGRAM_HOME, else ~/.vagram.
//   INVALID_ARGUMENT: none of them is set.
absl::StatusOr<std::string> ResolveHome(absl::string_view chosen);

//   UNAVAILABLE: no service has left a record in `home`.   DATA_LOSS: the file is damaged.
absl::StatusOr<ServiceRecord> ReadServiceRecord(const std::string& home);

// The secret that opens the service of `home`.
//   UNAVAILABLE: there is none.   PERMISSION_DENIED: it is somebody else's.   INVALID_ARGUMENT: it
//   is no token.
absl::StatusOr<std::string> ReadToken(const std::string& home);

// "no service is running at HOME (`vagram up` starts one)", as UNAVAILABLE.
absl::Status NoServiceAt(const std::string& home, absl::string_view detail = "");

// The whole file.   NOT_FOUND.   INVALID_ARGUMENT: more than `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path, int64_t max_bytes);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_HOME_H_
