#ifndef CORE_BASE_NEAREST_H_
#define CORE_BASE_NEAREST_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace vagram {

// The name that someone who typed `wanted` most likely meant: the one fewest edits away
// (Levenshtein, upper and lower case alike), if at most a third of it differs, or it begins with
// `wanted` but for a quarter of that, or it contains `wanted`; the last two from three letters on.
// Ties go to the first name. "" when nothing is near.
std::string NearestName(absl::string_view wanted, absl::Span<const std::string> names);

}  // namespace vagram

#endif  // CORE_BASE_NEAREST_H_
