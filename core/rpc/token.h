#ifndef CORE_RPC_TOKEN_H_
#define CORE_RPC_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"

namespace vagram {

// The secret in the file `path`, surrounding white space left out.
//   NOT_FOUND, PERMISSION_DENIED: the file cannot be read.
//   INVALID_ARGUMENT: empty, longer than 4 KiB, or not printable ASCII, which no call could carry.
absl::StatusOr<std::string> ReadTokenFile(const std::string& path);

}  // namespace vagram

#endif  // CORE_RPC_TOKEN_H_
