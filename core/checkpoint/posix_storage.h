#ifndef CORE_CHECKPOINT_POSIX_STORAGE_H_
#define CORE_CHECKPOINT_POSIX_STORAGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/checkpoint/storage.h"

namespace vagram {

// The file system of this machine. Files get mode 0644 and folders 0755, less the umask. Only
// regular files are read. Thread-safe: it has no state.
class PosixStorage : public Storage {
 public:
  absl::Status Write(const std::string& path, absl::string_view bytes) override;
  absl::Status Sync(const std::string& path) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status SyncFolder(const std::string& folder) override;
  absl::StatusOr<std::string> Read(const std::string& path, int64_t max_bytes) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& folder) override;
  absl::Status Remove(const std::string& path) override;
  absl::Status MakeFolder(const std::string& path) override;
};

}  // namespace vagram

#endif  // CORE_CHECKPOINT_POSIX_STORAGE_H_
