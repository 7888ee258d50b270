#ifndef CORE_RPC_TOKEN_H_
#define CORE_RPC_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vagram {

// The secret in the file `path`, surrounding white space left out.
//   NOT_FOUND, PERMISSION_DENIED: the file cannot be read.
//   INVALID_ARGUMENT: empty, longer than 4 KiB, or not printable ASCII, which no call could carry.
absl::StatusOr<std::string> ReadTokenFile(const std::string& path);

// Whether two secrets are equal, in a time that does not tell how far they agree.
bool SameSecret(absl::string_view a, absl::string_view b);

}  // namespace vagram

#endif  // CORE_RPC_TOKEN_H_
