#include "core/checkpoint/checkpoint_reader.h"

#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/file_names.h"

namespace vagram {

absl::StatusOr<std::string> CheckpointReader::Read(const std::string& file, int64_t max_bytes) {
  absl::StatusOr<std::string> bytes = storage_->Read(folder_ + "/" + file, max_bytes);
  if (bytes.ok()) return bytes;
  return absl::Status(bytes.status().code(), absl::StrCat(file, ": ", bytes.status().message()));
}

absl::StatusOr<int64_t> CheckpointReader::ReadCurrent() {
  ASSIGN_OR_RETURN(const std::string text, Read(kCurrentFile, /*max_bytes=*/64));
  const std::optional<int64_t> number = ManifestNumber(absl::StripSuffix(text, "\n"));
  if (number.has_value()) return *number;
  return absl::DataLossError(absl::StrCat(kCurrentFile, ": holds '", absl::CHexEscape(text),
                                          "', expected the name of a manifest"));
}

absl::StatusOr<Manifest> CheckpointReader::ReadManifest(int64_t number) {
  const std::string file = ManifestFile(number);
  ASSIGN_OR_RETURN(const std::string text, Read(file, kMaxManifestBytes));
  absl::StatusOr<Manifest> manifest = ParseManifest(text);
  if (!manifest.ok()) {
    return absl::Status(manifest.status().code(),
                        absl::StrCat(file, ": ", manifest.status().message()));
  }
  if (manifest->number != number) {
    return absl::DataLossError(
        absl::StrCat(file, ": is the manifest of number ", manifest->number));
  }
  return manifest;
}

absl::StatusOr<std::string> CheckpointReader::ReadVerified(const std::string& file,
                                                           const FileDigest& digest) {
  ASSIGN_OR_RETURN(std::string bytes, Read(file, digest.size));
  const FileDigest found = DigestOf(bytes);
  if (found.size != digest.size) {
    return absl::DataLossError(
        absl::StrCat(file, ": has ", found.size, " bytes, its manifest expects ", digest.size));
  }
  if (found.crc32c != digest.crc32c) {
    return absl::DataLossError(absl::StrFormat("%s: its CRC-32C is %08x, its manifest expects %08x",
                                               file, found.crc32c, digest.crc32c));
  }
  return bytes;
}

absl::StatusOr<RestoredCheckpoint> CheckpointReader::ReadCheckpoint(const Manifest& manifest) {
  RestoredCheckpoint checkpoint;
  checkpoint.id = manifest.id;
  for (const auto& [name, digest] : manifest.parts) {
    ASSIGN_OR_RETURN(checkpoint.parts[name], ReadVerified(PartFile(manifest.number, name), digest));
  }
  for (const auto& [name, log] : manifest.logs) {
    RestoredLog& restored = checkpoint.logs[name];
    restored.first_index = log.first_index;
    restored.end_index = log.end_index;
    for (const ManifestSegment& segment : log.segments) {
      const std::string file = SegmentFile(segment.number, name, segment.first_index);
      ASSIGN_OR_RETURN(std::string bytes, ReadVerified(file, segment.digest));
      restored.segments.push_back({segment.first_index, segment.end_index, std::move(bytes)});
    }
  }
  return checkpoint;
}

}  // namespace vagram
