#include "orchestrator/service_home.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/metrics/atomic_file.h"
#include "core/rpc/token.h"
#include "orchestrator/store/timestamp.h"

namespace vagram {
namespace {

constexpr int kTokenBytes = 32;

absl::Status CannotUse(const std::string& path, int error) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot write in the home folder ", path, ": ", strerror(error),
                   "; make it writable or choose another with --home"));
}

absl::Status CreateFolder(const std::string& path) {
  std::error_code error;
  const bool created = std::filesystem::create_directories(path, error);
  if (error) return CannotUse(path, error.value());
  // Only its owner sees what is in a folder that we made.
  if (created && chmod(path.c_str(), 0700) != 0) return CannotUse(path, errno);
  return absl::OkStatus();
}

absl::Status HeldByAnother(const std::string& path) {
  std::string holder;
  std::ifstream(path + "/service.lock") >> holder;
  std::ifstream record_file(path + "/service.json");
  const auto record = nlohmann::json::parse(record_file, nullptr, /*allow_exceptions=*/false);
  const bool published =
      record.is_object() && record.contains("address") && record["address"].is_string();
  const std::string address =
      published ? record["address"].get<std::string>() : "an address it has not published yet";
  return absl::FailedPreconditionError(
      absl::StrCat("another service (pid ", holder, ") runs on ", path, ", reached at ", address,
                   "; stop it with `vagram down`, or choose another folder with --home"));
}

absl::StatusOr<int> TakeLock(const std::string& path) {
  const std::string lock_file = path + "/service.lock";
  const int fd = open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return CannotUse(path, errno);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    close(fd);
    return error == EWOULDBLOCK ? HeldByAnother(path) : CannotUse(path, error);
  }
  const std::string pid = absl::StrCat(getpid(), "\n");
  if (ftruncate(fd, 0) != 0 || write(fd, pid.data(), pid.size()) < 0) {
    const int error = errno;
    close(fd);
    return CannotUse(path, error);
  }
  return fd;
}

}  // namespace

std::string RandomHex(int bytes) {
  std::string random(static_cast<size_t>(bytes), '\0');
  // Never short for up to 256 bytes (getrandom(2)).
  PCHECK(getrandom(random.data(), random.size(), 0) == bytes);
  return absl::BytesToHexString(random);
}

absl::StatusOr<std::unique_ptr<ServiceHome>> ServiceHome::Open(const std::string& path) {
  RETURN_IF_ERROR(CreateFolder(path));
  ASSIGN_OR_RETURN(const int lock, TakeLock(path));
  std::unique_ptr<ServiceHome> home(new ServiceHome(path, lock));
  // Left behind by a service that was killed.
  unlink(home->record_file().c_str());
  RETURN_IF_ERROR(home->PrepareToken());
  return home;
}

ServiceHome::~ServiceHome() {
  unlink(record_file().c_str());
  close(lock_);
}

absl::Status ServiceHome::PrepareToken() {
  struct stat info;
  if (lstat(token_file().c_str(), &info) != 0) {
    if (errno != ENOENT) return CannotUse(path_, errno);
    RETURN_IF_ERROR(
        WriteFileAtomically(token_file(), absl::StrCat(RandomHex(kTokenBytes), "\n"), 0600));
  } else if ((info.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "others can read the token %s (mode %03o); run `chmod 600 %s`, or remove it to get a new "
        "one if somebody may have read it",
        token_file(), info.st_mode & 0777, token_file()));
  }
  ASSIGN_OR_RETURN(token_, ReadTokenFile(token_file()));
  return absl::OkStatus();
}

absl::Status ServiceHome::Publish(const v1::ServiceInfo& info, const std::string& address,
                                  const std::string& dashboard_url) {
  nlohmann::json record = {
      {"address", address},
      {"pid", info.pid()},
      {"instance_id", info.instance_id()},
      {"version", info.version()},
      {"started_at",
       absl::FormatTime(absl::RFC3339_sec, FromTimestamp(info.started_at()), absl::UTCTimeZone())},
      {"slots", info.slots()},
  };
  if (!dashboard_url.empty()) record["dashboard"] = dashboard_url;
  return WriteFileAtomically(record_file(), record.dump(2) + "\n", 0600);
}

}  // namespace vagram
