#ifndef CORE_RPC_ADDRESS_H_
#define CORE_RPC_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vagram {

// Where a server listens, written HOST:PORT; an IPv6 host stands in brackets.
struct HostPort {
  std::string host;  // without brackets
  int port = 0;

  // localhost, 127.0.0.0/8 or ::1: reachable from this machine only.
  bool IsLoopback() const;
};

//   INVALID_ARGUMENT: not HOST:PORT, or a port outside 0..65535.
absl::StatusOr<HostPort> ParseHostPort(absl::string_view address);

std::string ToString(const HostPort& address);

}  // namespace vagram

#endif  // CORE_RPC_ADDRESS_H_
