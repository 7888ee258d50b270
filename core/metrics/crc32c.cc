#include "core/metrics/crc32c.h"

#include <array>
#include <cstring>

namespace vagram {
namespace {

constexpr uint32_t kReversedPolynomial = 0x82f63b78;

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t remainder = i;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? kReversedPolynomial : 0);
    }
    table[i] = remainder;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = MakeTable();

uint32_t AddBytes(uint32_t crc, absl::string_view bytes) {
  for (const char c : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint8_t>(c)) & 0xff];
  return crc;
}

#if defined(__x86_64__)
// The processor's own instruction for this polynomial, eight bytes at a time.
__attribute__((target("sse4.2"))) uint32_t AddWords(uint32_t crc, absl::string_view words) {
  uint64_t wide = crc;
  for (size_t i = 0; i < words.size(); i += sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, words.data() + i, sizeof(word));
    wide = __builtin_ia32_crc32di(wide, word);
  }
  return static_cast<uint32_t>(wide);
}
#endif

}  // namespace

uint32_t Crc32c(absl::string_view bytes) {
  uint32_t crc = ~0u;
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) {
    const size_t whole = bytes.size() / sizeof(uint64_t) * sizeof(uint64_t);
    crc = AddWords(crc, bytes.substr(0, whole));
    bytes.remove_prefix(whole);
  }
#endif
  return ~AddBytes(crc, bytes);
}

uint32_t MaskedCrc32c(absl::string_view bytes) {
  const uint32_t crc = Crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
}

}  // namespace vagram
