#ifndef CORE_CHECKPOINT_MANIFEST_H_
#define CORE_CHECKPOINT_MANIFEST_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vagram {

// Limits that bound what a hostile manifest can ask for.
inline constexpr int64_t kMaxManifestBytes = int64_t{16} << 20;
inline constexpr int64_t kMaxFileBytes = int64_t{16} << 30;  // of one part or segment
inline constexpr int kMaxFiles = 65'536;                     // parts, logs and segments together

// What a file must hold.
struct FileDigest {
  int64_t size = 0;  // bytes
  uint32_t crc32c = 0;
};

FileDigest DigestOf(absl::string_view bytes);

// Rows [first_index, end_index) of a log, in SegmentFile(number, log, first_index).
struct ManifestSegment {
  int64_t number = 0;  // of the checkpoint that wrote it
  int64_t first_index = 0;
  int64_t end_index = 0;
  FileDigest digest;
};

struct ManifestLog {
  int64_t first_index = 0;
  int64_t end_index = 0;
  std::vector<ManifestSegment> segments;  // without gaps up to end_index
};

// The table of contents of one checkpoint; docs/formats/checkpoint.md is its specification.
struct Manifest {
  int64_t id = -1;
  int64_t number = 0;
  std::map<std::string, FileDigest> parts;  // in PartFile(number, name)
  std::map<std::string, ManifestLog> logs;
};

// Whether names, numbers, sizes and rows make sense and keep the limits.
//   INVALID_ARGUMENT: says which does not.
absl::Status CheckManifest(const Manifest& manifest);

// The manifest's file, checksum included. `manifest` must pass CheckManifest.
std::string FormatManifest(const Manifest& manifest);

// The reverse, for any text at all; what is returned passes CheckManifest.
//   DATA_LOSS: the checksum or the content is wrong.
//   UNIMPLEMENTED: a format version that this program does not know.
absl::StatusOr<Manifest> ParseManifest(absl::string_view text);

}  // namespace vagram

#endif  // CORE_CHECKPOINT_MANIFEST_H_
