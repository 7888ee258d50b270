#include "core/rpc/token.h"

#include <cerrno>
#include <fstream>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace vagram {
namespace {

constexpr size_t kMaxTokenBytes = 4 << 10;

}  // namespace

absl::StatusOr<std::string> ReadTokenFile(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxTokenBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot read the token file ", path));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  const std::string token(absl::StripAsciiWhitespace(text));
  if (token.empty() || text.size() > kMaxTokenBytes ||
      !absl::c_all_of(token, absl::ascii_isgraph)) {
    return absl::InvalidArgumentError(absl::StrCat("the token file ", path, " holds ", text.size(),
                                                   " bytes, expected one word of "
                                                   "1 to ",
                                                   kMaxTokenBytes, " printable ASCII characters"));
  }
  return token;
}

bool SameSecret(absl::string_view a, absl::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference |= a[i] ^ b[i];
  return difference == 0;
}

}  // namespace vagram
