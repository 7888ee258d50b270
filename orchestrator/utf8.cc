#include "orchestrator/utf8.h"

#include <cstdint>

namespace vagram {
namespace {

bool IsContinuation(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

// Length of the valid character at the start of `text` (RFC 3629, section 4), 0 when there is none.
size_t CharacterLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (text.size() < 2 || !IsContinuation(text[1])) return 0;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (text.size() < 3 || !IsContinuation(text[2])) return 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool overlong = first == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = first == 0xed && byte(1) > 0x9f;
    return overlong || surrogate ? 0 : 3;
  }
  if (text.size() < 4 || !IsContinuation(text[3])) return 0;
  if (first >= 0xf0 && first <= 0xf4) {
    const bool overlong = first == 0xf0 && byte(1) < 0x90;
    const bool too_large = first == 0xf4 && byte(1) > 0x8f;
    return overlong || too_large ? 0 : 4;
  }
  return 0;
}

}  // namespace

std::string ClipUtf8(absl::string_view bytes, size_t max_bytes) {
  std::string text;
  while (!bytes.empty()) {
    const size_t length = CharacterLength(bytes);
    const absl::string_view character = length == 0 ? "?" : bytes.substr(0, length);
    if (text.size() + character.size() > max_bytes) break;
    text.append(character.data(), character.size());
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return text;
}

}  // namespace vagram
