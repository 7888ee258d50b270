#include "core/checkpoint/checkpoint_store.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/kill_point.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/file_names.h"
#include "core/checkpoint/next_manifest.h"

namespace vagram {
namespace {

std::vector<int64_t> ManifestNumbersNewestFirst(const std::vector<std::string>& files) {
  std::vector<int64_t> numbers;
  for (const std::string& file : files) {
    if (const auto number = ManifestNumber(file); number.has_value()) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end(), std::greater<>());
  return numbers;
}

std::set<std::string> FilesOf(const std::vector<Manifest>& manifests) {
  std::set<std::string> files = {kCurrentFile};
  for (const Manifest& manifest : manifests) {
    files.insert(ManifestFile(manifest.number));
    for (const auto& [name, digest] : manifest.parts) files.insert(PartFile(manifest.number, name));
    for (const auto& [name, log] : manifest.logs) {
      for (const ManifestSegment& segment : log.segments) {
        files.insert(SegmentFile(segment.number, name, segment.first_index));
      }
    }
  }
  return files;
}

// Whether an error tells that what was published is gone. Others say nothing about what the disk
// holds: a file that could not be read may be whole, and so may one of a newer format.
bool TellsOfDamage(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsNotFound(status) || absl::IsOutOfRange(status);
}

}  // namespace

absl::StatusOr<std::unique_ptr<CheckpointStore>> CheckpointStore::Open(
    Storage* storage, const std::string& folder, const CheckpointOptions& options) {
  if (options.keep < 1) {
    return absl::InvalidArgumentError(absl::StrCat("a checkpoint store keeps ", options.keep,
                                                   " checkpoints, expected at least 1"));
  }
  RETURN_IF_ERROR(storage->MakeFolder(folder));
  ASSIGN_OR_RETURN(const std::vector<std::string> files, storage->List(folder));
  auto store = absl::WrapUnique(new CheckpointStore(storage, folder, options));
  for (const std::string& file : files) {
    const std::optional<int64_t> number = FileNumber(file);
    if (number.has_value()) store->next_number_ = std::max(store->next_number_, *number + 1);
    if (file == kCurrentFile || ManifestNumber(file).has_value()) store->must_restore_ = true;
  }
  return store;
}

int64_t CheckpointStore::LogEnd(const std::string& name) const {
  const auto found = base_.logs.find(name);
  return found == base_.logs.end() ? 0 : found->second.end_index;
}

absl::Status CheckpointStore::Publish(const CheckpointInput& input) {
  if (must_restore_) {
    return absl::FailedPreconditionError(
        absl::StrCat("the folder ", folder_,
                     " has checkpoints: restore the newest before publishing another, or give a "
                     "new run a folder of its own"));
  }
  ASSIGN_OR_RETURN(Manifest manifest, NextManifest(base_, next_number_, input));
  const std::string manifest_file = ManifestFile(next_number_);
  ++next_number_;  // also after an error: no other attempt touches this one's files

  // Each step makes durable what the next one names.
  absl::Status status = WriteFiles(input, manifest.number);
  KillPoint("checkpoint.files");
  if (status.ok()) status = WriteTemporary(manifest_file, FormatManifest(manifest));
  if (status.ok()) status = Install({manifest_file});
  KillPoint("checkpoint.manifest");
  if (status.ok()) status = WriteTemporary(kCurrentFile, manifest_file + "\n");
  if (status.ok()) {
    // From here on CURRENT may name this checkpoint, whatever Install answers, so that it stays.
    kept_.push_back(manifest);
    status = Install({kCurrentFile});
  }
  if (status.ok()) {
    base_ = std::move(manifest);
    const int too_many = static_cast<int>(kept_.size()) - options_.keep;
    if (too_many > 0) kept_.erase(kept_.begin(), kept_.begin() + too_many);
  }
  RemoveLeftovers().IgnoreError();  // takes space, does no harm, and the next Publish tries again
  if (status.ok()) return status;
  return absl::Status(
      status.code(),
      absl::StrCat("checkpoint ", input.id, " was not published (", status.message(), "); ",
                   base_.id < 0 ? "there is none before it"
                                : absl::StrCat("checkpoint ", base_.id, " stays the newest")));
}

absl::Status CheckpointStore::WriteTemporary(const std::string& file, absl::string_view bytes) {
  const std::string path = absl::StrCat(folder_, "/", file, kTemporarySuffix);
  RETURN_IF_ERROR(storage_->Write(path, bytes));
  return storage_->Sync(path);
}

absl::Status CheckpointStore::Install(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    const std::string path = absl::StrCat(folder_, "/", file);
    RETURN_IF_ERROR(storage_->Rename(path + kTemporarySuffix, path));
  }
  return storage_->SyncFolder(folder_);
}

absl::Status CheckpointStore::WriteFiles(const CheckpointInput& input, int64_t number) {
  std::vector<std::string> files;
  for (const auto& [name, bytes] : input.parts) {
    files.push_back(PartFile(number, name));
    RETURN_IF_ERROR(WriteTemporary(files.back(), bytes));
  }
  for (const auto& [name, log] : input.logs) {
    for (const LogSegment& segment : log.new_segments) {
      files.push_back(SegmentFile(number, name, segment.first_index));
      RETURN_IF_ERROR(WriteTemporary(files.back(), segment.bytes));
    }
  }
  return Install(files);
}

absl::Status CheckpointStore::RemoveLeftovers() {
  ASSIGN_OR_RETURN(const std::vector<std::string> files, storage_->List(folder_));
  const std::set<std::string> wanted = FilesOf(kept_);
  std::vector<std::string> manifests;
  std::vector<std::string> others;
  for (const std::string& file : files) {
    if (!FileNumber(file).has_value() || wanted.count(file) > 0) continue;
    (ManifestNumber(file).has_value() ? manifests : others).push_back(file);
  }
  // Manifests first and durably, as no manifest may be left that names a missing file.
  for (const std::string& file : manifests) {
    RETURN_IF_ERROR(storage_->Remove(absl::StrCat(folder_, "/", file)));
  }
  if (!manifests.empty()) RETURN_IF_ERROR(storage_->SyncFolder(folder_));
  for (const std::string& file : others) {
    RETURN_IF_ERROR(storage_->Remove(absl::StrCat(folder_, "/", file)));
  }
  return absl::OkStatus();
}

absl::StatusOr<RestoredCheckpoint> CheckpointStore::RestoreNewest() {
  ASSIGN_OR_RETURN(const std::vector<std::string> files, storage_->List(folder_));
  std::vector<int64_t> numbers = ManifestNumbersNewestFirst(files);
  const absl::StatusOr<int64_t> current = reader_.ReadCurrent();
  if (absl::IsUnavailable(current.status())) return current.status();
  if (numbers.empty() && absl::IsNotFound(current.status())) {
    ContinueFrom({}, {});
    return absl::NotFoundError(absl::StrCat("no checkpoint was published in ", folder_));
  }

  std::vector<std::string> skipped;
  absl::Status unknown;  // the first error that does not tell of damage
  const auto skip = [&](const absl::Status& status) {
    skipped.emplace_back(status.message());
    if (unknown.ok() && !TellsOfDamage(status)) unknown = status;
  };
  if (!current.ok()) {
    skip(current.status());
  } else if (const auto found = std::find(numbers.begin(), numbers.end(), *current);
             found != numbers.end()) {
    std::rotate(numbers.begin(), found, found + 1);
  } else {
    skipped.push_back(
        absl::StrCat(kCurrentFile, ": names ", ManifestFile(*current), ", which is missing"));
  }

  for (const int64_t number : numbers) {
    absl::StatusOr<RestoredCheckpoint> restored = Restore(number, numbers);
    if (absl::IsUnavailable(restored.status())) return restored;
    if (restored.ok()) {
      for (const int64_t newer : numbers) {
        if (current.ok() && number == *current && newer > number) {
          skipped.push_back(absl::StrCat(ManifestFile(newer), ": its publication did not finish"));
        }
      }
      restored->skipped = std::move(skipped);
      return restored;
    }
    skip(restored.status());
  }
  if (!unknown.ok()) {
    return absl::Status(unknown.code(),
                        absl::StrCat("no checkpoint in ", folder_,
                                     " can be used, and not all are known to be damaged; mend what "
                                     "is named here, or move the folder away to begin anew. ",
                                     absl::StrJoin(skipped, "; ")));
  }
  ContinueFrom({}, {});
  return absl::DataLossError(absl::StrCat("no checkpoint in ", folder_,
                                          " verifies; bring back the files from elsewhere or begin "
                                          "anew. ",
                                          absl::StrJoin(skipped, "; ")));
}

absl::StatusOr<RestoredCheckpoint> CheckpointStore::Restore(int64_t number,
                                                            const std::vector<int64_t>& numbers) {
  ASSIGN_OR_RETURN(Manifest manifest, reader_.ReadManifest(number));
  absl::StatusOr<RestoredCheckpoint> restored = reader_.ReadCheckpoint(manifest);
  if (!restored.ok()) {
    return absl::Status(restored.status().code(), absl::StrCat("checkpoint ", manifest.id, ": ",
                                                               restored.status().message()));
  }
  std::vector<Manifest> kept = {manifest};
  for (const int64_t older : numbers) {
    if (older >= number || static_cast<int>(kept.size()) >= options_.keep) continue;
    absl::StatusOr<Manifest> other = reader_.ReadManifest(older);
    if (absl::IsUnavailable(other.status())) return other.status();
    if (other.ok()) kept.push_back(*std::move(other));
  }
  std::reverse(kept.begin(), kept.end());
  ContinueFrom(std::move(manifest), std::move(kept));
  return restored;
}

void CheckpointStore::ContinueFrom(Manifest base, std::vector<Manifest> kept) {
  base_ = std::move(base);
  kept_ = std::move(kept);
  must_restore_ = false;
}

}  // namespace vagram
