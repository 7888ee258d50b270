#ifndef CORE_METRICS_CRC32C_H_
#define CORE_METRICS_CRC32C_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace vagram {

// CRC-32C (Castagnoli; RFC 3720, appendix B.4).
uint32_t Crc32c(absl::string_view bytes);

// The masked form that record files store: a checksum of data that holds checksums is a poor one,
// so it is rotated and offset.
uint32_t MaskedCrc32c(absl::string_view bytes);

}  // namespace vagram

#endif  // CORE_METRICS_CRC32C_H_
