#include "core/checkpoint/file_names.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace vagram {
namespace {

// Takes the digits at the front of `text`, as StrCat writes a number: no sign, no leading zero.
std::optional<int64_t> ConsumeNumber(absl::string_view* text) {
  size_t size = 0;
  while (size < text->size() && absl::ascii_isdigit((*text)[size])) ++size;
  const absl::string_view digits = text->substr(0, size);
  int64_t number = 0;
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  if (!absl::SimpleAtoi(digits, &number)) return std::nullopt;
  text->remove_prefix(size);
  return number;
}

bool IsNumber(absl::string_view text) { return ConsumeNumber(&text).has_value() && text.empty(); }

// NAME-FIRST_INDEX. A name may have dashes of its own.
bool IsNameAndIndex(absl::string_view text) {
  const size_t dash = text.rfind('-');
  return dash != absl::string_view::npos && IsValidName(text.substr(0, dash)) &&
         IsNumber(text.substr(dash + 1));
}

}  // namespace

bool IsValidName(absl::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '-';
  });
}

std::string ManifestFile(int64_t number) { return absl::StrCat("manifest-", number, ".json"); }

std::string PartFile(int64_t number, absl::string_view name) {
  return absl::StrCat("part-", number, "-", name);
}

std::string SegmentFile(int64_t number, absl::string_view log, int64_t first_index) {
  return absl::StrCat("log-", number, "-", log, "-", first_index);
}

std::optional<int64_t> ManifestNumber(absl::string_view file) {
  if (!absl::ConsumePrefix(&file, "manifest-")) return std::nullopt;
  const std::optional<int64_t> number = ConsumeNumber(&file);
  if (!number.has_value() || *number > kMaxFileNumber || file != ".json") return std::nullopt;
  return number;
}

std::optional<int64_t> FileNumber(absl::string_view file) {
  absl::ConsumeSuffix(&file, kTemporarySuffix);
  if (file == kCurrentFile) return 0;
  if (const std::optional<int64_t> number = ManifestNumber(file); number.has_value()) return number;

  const bool is_part = absl::ConsumePrefix(&file, "part-");
  if (!is_part && !absl::ConsumePrefix(&file, "log-")) return std::nullopt;
  const std::optional<int64_t> number = ConsumeNumber(&file);
  if (!number.has_value() || *number > kMaxFileNumber) return std::nullopt;
  if (!absl::ConsumePrefix(&file, "-")) return std::nullopt;
  if (is_part ? !IsValidName(file) : !IsNameAndIndex(file)) return std::nullopt;
  return number;
}

}  // namespace vagram
