#ifndef CORE_CHECKPOINT_CHECKPOINT_READER_H_
#define CORE_CHECKPOINT_CHECKPOINT_READER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/manifest.h"
#include "core/checkpoint/storage.h"

namespace vagram {

// Reads what is in a checkpoint folder and believes none of it. Changes nothing. Beside the errors
// of storage.h, everything answers DATA_LOSS for content that is not what it should be; messages
// begin with the file's name.
class CheckpointReader {
 public:
  // `storage` must outlive the reader.
  CheckpointReader(Storage* storage, const std::string& folder)
      : storage_(storage), folder_(folder) {}

  // The number of the manifest that CURRENT names.
  absl::StatusOr<int64_t> ReadCurrent();

  //   UNIMPLEMENTED: of a format version that this program does not know.
  absl::StatusOr<Manifest> ReadManifest(int64_t number);

  // All parts and logs, each byte under a checksum. `skipped` stays empty.
  absl::StatusOr<RestoredCheckpoint> ReadCheckpoint(const Manifest& manifest);

 private:
  absl::StatusOr<std::string> Read(const std::string& file, int64_t max_bytes);
  absl::StatusOr<std::string> ReadVerified(const std::string& file, const FileDigest& digest);

  Storage* const storage_;
  const std::string folder_;
};

}  // namespace vagram

#endif  // CORE_CHECKPOINT_CHECKPOINT_READER_H_
