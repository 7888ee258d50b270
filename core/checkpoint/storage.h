#ifndef CORE_CHECKPOINT_STORAGE_H_
#define CORE_CHECKPOINT_STORAGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vagram {

// What checkpoints need of a disk; the seam at which tests put their faults (faulty_storage.h).
//
// Nothing is durable by itself. A crash of the machine may undo any Write that no Sync of the file
// followed, and any creation, Rename or Remove that no SyncFolder of the folder followed, each
// independently of the others.
//
// Every call may answer
//   NOT_FOUND: no such file or folder.
//   RESOURCE_EXHAUSTED: the disk is full.
//   FAILED_PRECONDITION: not permitted, or a file where a folder is expected and the like.
//   UNAVAILABLE: not at this moment (too many open files); the same call may work later.
//   INTERNAL: the disk reports that it cannot read or write, which may pass or be for good.
// A message names the path. Calls block. Whether they may come from several threads is for the
// implementation to say.
class Storage {
 public:
  virtual ~Storage() = default;

  // Makes the file, or empties it where it exists, and writes `bytes`. After an error the file may
  // be missing, or hold a part.
  virtual absl::Status Write(const std::string& path, absl::string_view bytes) = 0;

  // Makes the file's content durable. After an error the content is uncertain: write it anew.
  virtual absl::Status Sync(const std::string& path) = 0;

  // Gives the file another name in the same folder, in one step, replacing a file of that name.
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;

  // Makes the names in a folder durable: creations, renames and removals.
  virtual absl::Status SyncFolder(const std::string& folder) = 0;

  // The whole content. Memory is taken for what the file holds, not for `max_bytes`.
  //   OUT_OF_RANGE: the file is larger than `max_bytes`.
  virtual absl::StatusOr<std::string> Read(const std::string& path, int64_t max_bytes) = 0;

  // The names (not paths) of what is in a folder, sorted.
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& folder) = 0;

  virtual absl::Status Remove(const std::string& path) = 0;

  // Makes a folder, and those above it, durably. OK where it exists.
  virtual absl::Status MakeFolder(const std::string& path) = 0;
};

}  // namespace vagram

#endif  // CORE_CHECKPOINT_STORAGE_H_
