#ifndef ORCHESTRATOR_UTF8_H_
#define ORCHESTRATOR_UTF8_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace vagram {

// At most `max_bytes` of `bytes`, not cut within a character, each byte that is not part of valid
// UTF-8 replaced by '?'. For what processes write: a proto string with other bytes in it cannot be
// read by its receiver.
std::string ClipUtf8(absl::string_view bytes, size_t max_bytes);

}  // namespace vagram

#endif  // ORCHESTRATOR_UTF8_H_
