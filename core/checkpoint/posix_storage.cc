#include "core/checkpoint/posix_storage.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace vagram {
namespace {

absl::Status FileError(absl::string_view action, absl::string_view path, int error) {
  const std::string message = absl::StrCat("cannot ", action, " ", path, ": ", strerror(error));
  switch (error) {
    case ENOENT:
      return absl::NotFoundError(message);
    case ENOSPC:
    case EDQUOT:
      return absl::ResourceExhaustedError(message);
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
      return absl::UnavailableError(message);
    case EIO:
      return absl::InternalError(message);
    default:
      return absl::FailedPreconditionError(message);
  }
}

// An open file or folder; -1 where opening failed.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags, mode_t mode = 0) {
    do {
      fd_ = open(path.c_str(), flags | O_CLOEXEC, mode);
    } while (fd_ < 0 && errno == EINTR);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }

  int get() const { return fd_; }

  // Some file systems report a full disk only here. Linux has closed the file even when a signal
  // interrupts the call.
  int Close() {
    const int result = close(fd_);
    fd_ = -1;
    return result != 0 && errno == EINTR ? 0 : result;
  }

 private:
  int fd_;
};

absl::Status SyncDescriptor(const Descriptor& file, const std::string& path) {
  if (file.get() < 0) return FileError("open", path, errno);
  int result;
  do {
    result = fsync(file.get());
  } while (result != 0 && errno == EINTR);
  return result == 0 ? absl::OkStatus() : FileError("sync", path, errno);
}

// Where the last part of a path begins, trailing slashes aside: "a/b" and "a/b/" give "a".
std::string FolderAbove(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool IsFolder(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

absl::Status PosixStorage::Write(const std::string& path, absl::string_view bytes) {
  Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file.get() < 0) return FileError("create", path, errno);
  while (!bytes.empty()) {
    const ssize_t written = write(file.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return FileError("write", path, errno);
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return file.Close() == 0 ? absl::OkStatus() : FileError("close", path, errno);
}

absl::Status PosixStorage::Sync(const std::string& path) {
  return SyncDescriptor(Descriptor(path, O_WRONLY), path);
}

absl::Status PosixStorage::Rename(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  return FileError(absl::StrCat("rename to ", to), from, errno);
}

absl::Status PosixStorage::SyncFolder(const std::string& folder) {
  return SyncDescriptor(Descriptor(folder, O_RDONLY | O_DIRECTORY), folder);
}

absl::StatusOr<std::string> PosixStorage::Read(const std::string& path, int64_t max_bytes) {
  // Without O_NONBLOCK a pipe in the file's place would hold the program up for ever.
  const Descriptor file(path, O_RDONLY | O_NONBLOCK);
  struct stat info;
  if (file.get() < 0 || fstat(file.get(), &info) != 0) return FileError("open", path, errno);
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot read ", path, ": expected a regular file"));
  }
  if (info.st_size > max_bytes) {
    return absl::OutOfRangeError(absl::StrCat("cannot read ", path, ": it has ", info.st_size,
                                              " bytes, expected at most ", max_bytes));
  }
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = read(file.get(), &bytes[size], bytes.size() - size);
    if (got < 0) {
      if (errno == EINTR) continue;
      return FileError("read", path, errno);
    }
    if (got == 0) break;  // somebody made the file shorter
    size += static_cast<size_t>(got);
  }
  bytes.resize(size);
  return bytes;
}

absl::StatusOr<std::vector<std::string>> PosixStorage::List(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(folder.c_str()), closedir);
  if (entries == nullptr) return FileError("list", folder, errno);
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = readdir(entries.get());
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  if (errno != 0) return FileError("list", folder, errno);
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status PosixStorage::Remove(const std::string& path) {
  if (unlink(path.c_str()) == 0) return absl::OkStatus();
  return FileError("remove", path, errno);
}

absl::Status PosixStorage::MakeFolder(const std::string& path) {
  if (IsFolder(path)) return absl::OkStatus();
  const std::string above = FolderAbove(path);
  if (above != path) RETURN_IF_ERROR(MakeFolder(above));
  if (mkdir(path.c_str(), 0755) != 0 && !(errno == EEXIST && IsFolder(path))) {
    return FileError("make the folder", path, errno);
  }
  return SyncFolder(above);
}

}  // namespace vagram
