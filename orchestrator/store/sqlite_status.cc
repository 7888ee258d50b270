#include "orchestrator/store/sqlite_status.h"

#include <sqlite3.h>

#include "absl/strings/str_cat.h"

namespace vagram {

absl::Status SqliteStatus(const SQLite::Exception& error, absl::string_view path) {
  const auto message = [&](absl::string_view advice) {
    return absl::StrCat("database ", path, ": ", error.what(), advice);
  };
  // Extended codes keep the primary one in their low byte.
  switch (error.getErrorCode() & 0xff) {
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(message("; free some disk space"));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return absl::FailedPreconditionError(
          message("; check that the folder exists and may be written"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(
          message("; move it aside to start with an empty one, or restore a copy"));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(message("; another process holds it"));
    default:
      return absl::InternalError(message(""));
  }
}

}  // namespace vagram
