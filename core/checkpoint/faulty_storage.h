#ifndef CORE_CHECKPOINT_FAULTY_STORAGE_H_
#define CORE_CHECKPOINT_FAULTY_STORAGE_H_

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/random.h"
#include "core/checkpoint/storage.h"

namespace vagram {

// A disk in memory that fails as a test tells it to. Folders are durable as soon as they are made;
// everything else is lost by a crash as storage.h describes. Not thread-safe.
//
//   disk.StopAtOperation(7);          // the machine dies in the 7th call from here
//   store->Publish(input);            // UNAVAILABLE
//   disk.Crash(Survival::kNothing);   // it comes back with what was synced
//   ... open and restore ...
class FaultyStorage : public Storage {
 public:
  // What outlives a crash beyond what was synced.
  enum class Survival {
    kNothing,     // unsynced bytes and names are gone
    kRandom,      // each may be there, be gone, or (bytes) be there in part or be wrong
    kEverything,  // all is there: only the process died
  };

  explicit FaultyStorage(uint64_t seed = 0) : rng_(seed) {}

  // The n-th call from here (n >= 1) and all after it answer UNAVAILABLE, until Crash. A Write at
  // which it stops may leave a part of the file.
  void StopAtOperation(int64_t n) { stop_at_ = operations_ + n; }

  // The n-th call from here does nothing and answers `error`.
  void FailOperation(int64_t n, absl::Status error);

  // Every Read from here answers `error`; until it is OK again.
  void FailReads(absl::Status error) { read_failure_ = std::move(error); }

  // Writes that would bring the sum of the files' sizes above this answer RESOURCE_EXHAUSTED and
  // leave what fits. Unlimited at first.
  void SetCapacity(int64_t bytes) { capacity_ = bytes; }

  // Loses what does not survive, and starts again without any of the faults above but the capacity.
  void Crash(Survival survival);

  // Damage that outlives a crash. The file must exist.
  void FlipBit(const std::string& path, int64_t bit);
  void Truncate(const std::string& path, int64_t size);
  void Replace(const std::string& path, absl::string_view bytes);

  bool stopped() const { return stop_at_ != 0 && operations_ >= stop_at_; }
  int64_t operations() const { return operations_; }        // calls so far, failed ones included
  int64_t bytes_written() const { return bytes_written_; }  // by all Writes so far
  int64_t used_bytes() const;                               // the sum of the files' sizes

  absl::Status Write(const std::string& path, absl::string_view bytes) override;
  absl::Status Sync(const std::string& path) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status SyncFolder(const std::string& folder) override;
  absl::StatusOr<std::string> Read(const std::string& path, int64_t max_bytes) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& folder) override;
  absl::Status Remove(const std::string& path) override;
  absl::Status MakeFolder(const std::string& path) override;

 private:
  struct File {
    std::string bytes;
    std::string synced;
  };
  using Names = std::map<std::string, std::shared_ptr<File>>;  // by path

  // An unsynced change of names: `erased` and `added` (either may be empty) in one step.
  struct Change {
    std::string folder;
    std::string erased;
    std::string added;
    std::shared_ptr<File> file;
  };

  absl::Status CountOperation(absl::string_view action, const std::string& path);
  absl::StatusOr<std::shared_ptr<File>> Find(absl::string_view action, const std::string& path);
  void Do(const Change& change);
  static void Apply(const Change& change, Names* names);
  std::string RandomlySurviving(const File& file);

  Rng rng_;
  std::set<std::string> folders_;
  Names files_;
  Names durable_;
  std::vector<Change> changes_;  // in order, those between durable_ and files_
  int64_t operations_ = 0;
  int64_t bytes_written_ = 0;
  int64_t stop_at_ = 0;  // 0: never
  int64_t fail_at_ = 0;
  absl::Status failure_;
  absl::Status read_failure_;
  int64_t capacity_ = std::numeric_limits<int64_t>::max();
};

}  // namespace vagram

#endif  // CORE_CHECKPOINT_FAULTY_STORAGE_H_
