#include "core/metrics/npy.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace vagram {
namespace {

template <class Unsigned>
void AppendLittleEndian(Unsigned bits, std::string* bytes) {
  for (size_t i = 0; i < sizeof(bits); ++i) bytes->push_back(static_cast<char>(bits >> 8 * i));
}

}  // namespace

std::string NpyBytes(absl::Span<const int64_t> shape, absl::Span<const double> values) {
  // Python's tuple of one has a comma behind it.
  std::string header =
      absl::StrCat("{'descr': '<f8', 'fortran_order': False, 'shape': (",
                   absl::StrJoin(shape, ", "), shape.size() == 1 ? "," : "", "), }");
  std::string bytes("\x93NUMPY\x01\x00", 8);
  // The data begin at a multiple of 64 bytes, behind a line's end.
  const size_t before = bytes.size() + sizeof(uint16_t);
  while ((before + header.size() + 1) % 64 != 0) header.push_back(' ');
  header.push_back('\n');
  AppendLittleEndian(static_cast<uint16_t>(header.size()), &bytes);
  bytes += header;
  bytes.reserve(bytes.size() + 8 * values.size());
  for (const double value : values) {
    uint64_t bits = 0;
    static_assert(sizeof(bits) == sizeof(value));
    std::memcpy(&bits, &value, sizeof(bits));
    AppendLittleEndian(bits, &bytes);
  }
  return bytes;
}

}  // namespace vagram
