#include "core/checkpoint/faulty_storage.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace vagram {
namespace {

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

absl::Status NoSuchFile(absl::string_view action, absl::string_view path) {
  return absl::NotFoundError(
      absl::StrCat("cannot ", action, " ", path, ": No such file or directory"));
}

}  // namespace

void FaultyStorage::FailOperation(int64_t n, absl::Status error) {
  fail_at_ = operations_ + n;
  failure_ = std::move(error);
}

absl::Status FaultyStorage::CountOperation(absl::string_view action, const std::string& path) {
  ++operations_;
  if (stopped()) {
    return absl::UnavailableError(absl::StrCat("cannot ", action, " ", path, ": stopped"));
  }
  return operations_ == fail_at_ ? failure_ : absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<FaultyStorage::File>> FaultyStorage::Find(absl::string_view action,
                                                                         const std::string& path) {
  RETURN_IF_ERROR(CountOperation(action, path));
  const auto found = files_.find(path);
  if (found == files_.end()) return NoSuchFile(action, path);
  return found->second;
}

void FaultyStorage::Apply(const Change& change, Names* names) {
  names->erase(change.erased);
  if (!change.added.empty()) (*names)[change.added] = change.file;
}

void FaultyStorage::Do(const Change& change) {
  Apply(change, &files_);
  changes_.push_back(change);
}

std::string FaultyStorage::RandomlySurviving(const File& file) {
  if (file.bytes == file.synced) return file.synced;
  const std::string part = file.bytes.substr(0, rng_.Below(file.bytes.size() + 1));
  switch (rng_.Below(4)) {
    case 0:
      return file.synced;
    case 1:
      return file.bytes;
    case 2:
      return part;
    default:  // the size is known, some blocks were never written
      return part + std::string(file.bytes.size() - part.size(), '\0');
  }
}

void FaultyStorage::Crash(Survival survival) {
  for (const Change& change : changes_) {
    const bool survives =
        survival == Survival::kEverything || (survival == Survival::kRandom && rng_.Below(2) == 0);
    if (survives) Apply(change, &durable_);
  }
  changes_.clear();
  files_ = durable_;
  for (auto& [path, file] : files_) {
    if (survival == Survival::kNothing) file->bytes = file->synced;
    if (survival == Survival::kRandom) file->bytes = RandomlySurviving(*file);
    file->synced = file->bytes;
  }
  stop_at_ = 0;
  fail_at_ = 0;
  read_failure_ = absl::OkStatus();
}

void FaultyStorage::Replace(const std::string& path, absl::string_view bytes) {
  File& file = *files_.at(path);
  file.bytes = file.synced = std::string(bytes);
}

void FaultyStorage::FlipBit(const std::string& path, int64_t bit) {
  std::string bytes = files_.at(path)->bytes;
  bytes.at(bit / 8) ^= static_cast<char>(1 << (bit % 8));
  Replace(path, bytes);
}

void FaultyStorage::Truncate(const std::string& path, int64_t size) {
  Replace(path, files_.at(path)->bytes.substr(0, size));
}

int64_t FaultyStorage::used_bytes() const {
  int64_t sum = 0;
  for (const auto& [path, file] : files_) sum += static_cast<int64_t>(file->bytes.size());
  return sum;
}

absl::Status FaultyStorage::Write(const std::string& path, absl::string_view bytes) {
  const bool was_stopped = stopped();
  absl::Status status = CountOperation("write", path);
  if (!status.ok() && (was_stopped || !stopped())) return status;
  if (folders_.count(FolderOf(path)) == 0) return NoSuchFile("create", path);
  if (folders_.count(path) > 0) {
    return absl::FailedPreconditionError(absl::StrCat("cannot create ", path, ": Is a directory"));
  }

  if (files_.count(path) == 0) Do({FolderOf(path), "", path, std::make_shared<File>()});
  File& file = *files_.at(path);
  file.bytes.clear();
  const auto room = static_cast<size_t>(std::max<int64_t>(0, capacity_ - used_bytes()));
  file.bytes = std::string(bytes.substr(0, room));
  if (stopped()) {  // in the middle of this very write
    file.bytes.resize(rng_.Below(file.bytes.size() + 1));
  } else if (bytes.size() > room) {
    status = absl::ResourceExhaustedError(
        absl::StrCat("cannot write ", path, ": No space left on device"));
  }
  bytes_written_ += static_cast<int64_t>(file.bytes.size());
  return status;
}

absl::Status FaultyStorage::Sync(const std::string& path) {
  ASSIGN_OR_RETURN(const std::shared_ptr<File> file, Find("sync", path));
  file->synced = file->bytes;
  return absl::OkStatus();
}

absl::Status FaultyStorage::Rename(const std::string& from, const std::string& to) {
  ASSIGN_OR_RETURN(const std::shared_ptr<File> file, Find("rename", from));
  if (from != to) Do({FolderOf(to), from, to, file});
  return absl::OkStatus();
}

absl::Status FaultyStorage::SyncFolder(const std::string& folder) {
  RETURN_IF_ERROR(CountOperation("sync", folder));
  if (folders_.count(folder) == 0) return NoSuchFile("sync", folder);
  std::vector<Change> others;
  for (Change& change : changes_) {
    if (change.folder == folder) {
      Apply(change, &durable_);
    } else {
      others.push_back(std::move(change));
    }
  }
  changes_ = std::move(others);
  return absl::OkStatus();
}

absl::StatusOr<std::string> FaultyStorage::Read(const std::string& path, int64_t max_bytes) {
  ASSIGN_OR_RETURN(const std::shared_ptr<File> file, Find("read", path));
  RETURN_IF_ERROR(read_failure_);
  if (static_cast<int64_t>(file->bytes.size()) > max_bytes) {
    return absl::OutOfRangeError(absl::StrCat("cannot read ", path, ": it has ", file->bytes.size(),
                                              " bytes, expected at most ", max_bytes));
  }
  return file->bytes;
}

absl::StatusOr<std::vector<std::string>> FaultyStorage::List(const std::string& folder) {
  RETURN_IF_ERROR(CountOperation("list", folder));
  if (folders_.count(folder) == 0) return NoSuchFile("list", folder);
  std::vector<std::string> names;
  for (const auto& [path, file] : files_) {
    if (FolderOf(path) == folder) names.push_back(path.substr(folder.size() + 1));
  }
  for (const std::string& path : folders_) {
    if (path.find('/') != std::string::npos && FolderOf(path) == folder) {
      names.push_back(path.substr(folder.size() + 1));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status FaultyStorage::Remove(const std::string& path) {
  ASSIGN_OR_RETURN(const std::shared_ptr<File> file, Find("remove", path));
  Do({FolderOf(path), path, "", nullptr});
  return absl::OkStatus();
}

absl::Status FaultyStorage::MakeFolder(const std::string& path) {
  RETURN_IF_ERROR(CountOperation("make the folder", path));
  for (std::string folder = path; folder != "." && !folder.empty(); folder = FolderOf(folder)) {
    if (files_.count(folder) > 0) {
      return absl::FailedPreconditionError(
          absl::StrCat("cannot make the folder ", path, ": ", folder, " is a file"));
    }
    folders_.insert(folder);
  }
  return absl::OkStatus();
}

}  // namespace vagram
