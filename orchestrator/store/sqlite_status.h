#ifndef ORCHESTRATOR_STORE_SQLITE_STATUS_H_
#define ORCHESTRATOR_STORE_SQLITE_STATUS_H_

#include <SQLiteCpp/Exception.h>

#include <exception>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vagram {

// The status of a failed SQLite call on the file `path`: what happened and what to do about it.
//   RESOURCE_EXHAUSTED: disk full.   FAILED_PRECONDITION: cannot be opened or written.
//   DATA_LOSS: not a database, or a damaged one.   UNAVAILABLE: locked by another process.
absl::Status SqliteStatus(const SQLite::Exception& error, absl::string_view path);

// Runs `body`, which returns a Status or StatusOr, and turns what SQLiteCpp throws into a status:
// the boundary that no exception passes.
template <typename Body>
std::invoke_result_t<Body> WithSqlite(absl::string_view path, Body body) {
  try {
    return body();
  } catch (const SQLite::Exception& error) {
    return SqliteStatus(error, path);
  } catch (const std::exception& error) {
    return absl::InternalError(error.what());
  }
}

}  // namespace vagram

#endif  // ORCHESTRATOR_STORE_SQLITE_STATUS_H_
