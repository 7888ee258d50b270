#include "core/yaml/faults.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/rpc/status.h"

namespace vagram {
namespace {

// A path is of use only whole.
constexpr size_t kLongestSource = 1024;

}  // namespace

std::string Position::ToString() const {
  const std::string name = source == nullptr ? "" : Printable(*source, kLongestSource);
  if (line == 0) return name;
  return absl::StrCat(name, ":", line, ":", column);
}

bool IsUtf8(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const int length = byte < 0x80             ? 1
                       : (byte & 0xe0) == 0xc0 ? 2
                       : (byte & 0xf0) == 0xe0 ? 3
                       : (byte & 0xf8) == 0xf0 ? 4
                                               : 0;
    if (length == 0 || i + length > text.size()) return false;
    uint32_t code = length == 1 ? byte : byte & (0xff >> (length + 1));
    for (int k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      code = code << 6 | (next & 0x3f);
    }
    constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < kSmallest[length] || code > 0x10ffff || surrogate) return false;
    i += length;
  }
  return true;
}

std::string Printable(absl::string_view text, size_t longest) {
  const bool utf8 = IsUtf8(text);
  size_t size = std::min(text.size(), longest);
  // Cut before a UTF-8 sequence, never inside one.
  while (utf8 && size > 0 && size < text.size() && (text[size] & 0xc0) == 0x80) --size;
  const absl::string_view head = text.substr(0, size);
  std::string printable = utf8 ? absl::Utf8SafeCHexEscape(head) : absl::CHexEscape(head);
  if (size < text.size()) printable += "...";
  return printable;
}

void Faults::Add(const Position& at, absl::string_view key, absl::string_view description) {
  if (full()) return;
  std::string printable_key = Printable(key);
  if (!seen_.emplace(at.ToString(), printable_key, description).second) return;
  faults_.push_back({at, std::move(printable_key), std::string(description)});
}

absl::Status Faults::ToStatus(absl::string_view file) const {
  std::vector<Fault> ordered = faults_;
  // By line; then what concerns the file as a whole, then what the command line says.
  const auto rank = [file](const Fault& fault) {
    const bool in_file = fault.at.source != nullptr && *fault.at.source == file;
    return std::make_tuple(fault.at.line > 0 ? 0 : in_file ? 1 : 2, fault.at.line, fault.at.column);
  };
  std::stable_sort(ordered.begin(), ordered.end(),
                   [rank](const Fault& a, const Fault& b) { return rank(a) < rank(b); });
  std::vector<FieldFault> fields;
  for (const Fault& fault : ordered) {
    const std::string at = fault.at.ToString();
    fields.push_back(
        {fault.key.empty() ? at : absl::StrCat(at, ": ", fault.key), fault.description});
  }
  const std::string count = absl::StrCat(full() ? "at least " : "", fields.size(),
                                         fields.size() == 1 ? " fault" : " faults");
  return InvalidFields(absl::StrCat(Printable(file, kLongestSource), " has ", count), fields);
}

}  // namespace vagram
