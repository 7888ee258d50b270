#include "core/rpc/address.h"

#include <arpa/inet.h>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace vagram {

bool HostPort::IsLoopback() const {
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  return host == "::1" || absl::EqualsIgnoreCase(host, "localhost");
}

absl::StatusOr<HostPort> ParseHostPort(absl::string_view address) {
  const size_t colon = address.rfind(':');
  HostPort result;
  if (colon == absl::string_view::npos ||
      !absl::c_all_of(address.substr(colon + 1), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(address.substr(colon + 1), &result.port) || result.port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("address is \"", address,
                     "\", expected HOST:PORT such as 127.0.0.1:7070 with a port of 0 to 65535"));
  }
  absl::string_view host = address.substr(0, colon);
  const bool bracketed = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  if (host.empty() || (!bracketed && absl::StrContains(host, ':'))) {
    return absl::InvalidArgumentError(
        absl::StrCat("address is \"", address,
                     "\", expected HOST:PORT; an IPv6 host stands in brackets, as in [::1]:7070"));
  }
  result.host = std::string(host);
  return result;
}

std::string ToString(const HostPort& address) {
  if (absl::StrContains(address.host, ':')) {
    return absl::StrCat("[", address.host, "]:", address.port);
  }
  return absl::StrCat(address.host, ":", address.port);
}

}  // namespace vagram
