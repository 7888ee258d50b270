#ifndef CORE_CHECKPOINT_CHECKPOINT_STORE_H_
#define CORE_CHECKPOINT_CHECKPOINT_STORE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/checkpoint_reader.h"
#include "core/checkpoint/manifest.h"
#include "core/checkpoint/storage.h"

namespace vagram {

struct CheckpointOptions {
  int keep = 2;  // checkpoints that stay, >= 1; the older ones are there in case the newest breaks
};

// The checkpoints of one run in one folder. Publish makes a new one durable, at the cost of what is
// new in it: parts are written whole, logs only where they grew. A crash at any moment leaves the
// checkpoint before or the new one, whole. RestoreNewest gives the newest one that verifies.
//
//   ASSIGN_OR_RETURN(auto store, CheckpointStore::Open(&storage, folder));
//   auto restored = store->RestoreNewest();  // NOT_FOUND: begin from nothing
//   ...
//   const int64_t first_new = std::max(store->LogEnd("replay"), buffer.begin_index());
//   input.logs["replay"] = {buffer.begin_index(), {{first_new, buffer.end_index(), bytes}}};
//   RETURN_IF_ERROR(store->Publish(input));
//
// There must be one store, in one process, per folder at a time. The folder is the store's own:
// files of its names (file_names.h) that no kept checkpoint needs are removed. Calls block on the
// disk. Not thread-safe.
class CheckpointStore {
 public:
  // Makes the folder where it is missing. `storage` must outlive the store.
  //   INVALID_ARGUMENT: options.keep < 1.   Others: see storage.h.
  static absl::StatusOr<std::unique_ptr<CheckpointStore>> Open(
      Storage* storage, const std::string& folder, const CheckpointOptions& options = {});

  // Stores a checkpoint that follows the one last published or restored, and drops those beyond
  // `keep`. After an error the store goes on from that same earlier checkpoint, which is unharmed:
  // LogEnd has not moved, so that the next input covers what this one did not store.
  //   INVALID_ARGUMENT: id below the last; a segment that does not begin where its log ends; a
  //     name or a size outside the limits. Nothing was written.
  //   FAILED_PRECONDITION: the folder has checkpoints; call RestoreNewest first.
  //   RESOURCE_EXHAUSTED: disk full; what this attempt wrote is removed again.   Others: storage.h.
  // After an error other than the first two, a restart may find the new checkpoint all the same,
  // whole, when it was the very last step that failed.
  absl::Status Publish(const CheckpointInput& input);

  // The newest checkpoint that verifies, every byte checked: first the one that CURRENT names, then
  // the others, newest first. The store continues from it; checkpoints that were passed over are
  // removed by the next Publish.
  //   NOT_FOUND: no checkpoint was ever published here.
  //   DATA_LOSS: there are checkpoints, and all are damaged; the message says how each is. A
  //     Publish after this begins anew and removes them.
  //   UNAVAILABLE: the storage cannot answer now; nothing was decided.
  //   Others of storage.h, and UNIMPLEMENTED (a newer format): none verifies, and not all are known
  //     to be damaged, so that nothing was decided either.
  absl::StatusOr<RestoredCheckpoint> RestoreNewest();

  // One past the last row of a log in the checkpoint last published or restored; 0 where it has no
  // such log.
  int64_t LogEnd(const std::string& name) const;

 private:
  CheckpointStore(Storage* storage, const std::string& folder, const CheckpointOptions& options)
      : storage_(storage), folder_(folder), options_(options), reader_(storage, folder) {}

  absl::Status WriteTemporary(const std::string& file, absl::string_view bytes);
  absl::Status Install(const std::vector<std::string>& files);
  absl::Status WriteFiles(const CheckpointInput& input, int64_t number);
  absl::Status RemoveLeftovers();

  absl::StatusOr<RestoredCheckpoint> Restore(int64_t number, const std::vector<int64_t>& numbers);
  void ContinueFrom(Manifest base, std::vector<Manifest> kept);

  Storage* const storage_;
  const std::string folder_;
  const CheckpointOptions options_;
  CheckpointReader reader_;

  Manifest base_;               // last published or restored; id -1 where there is none
  std::vector<Manifest> kept_;  // those to stay on disk, oldest first
  int64_t next_number_ = 1;     // above that of any file in the folder
  bool must_restore_ = false;   // the folder holds checkpoints that nobody has looked at
};

}  // namespace vagram

#endif  // CORE_CHECKPOINT_CHECKPOINT_STORE_H_
