#ifndef ORCHESTRATOR_STORE_SCHEMA_H_
#define ORCHESTRATOR_STORE_SCHEMA_H_

#include <SQLiteCpp/Database.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vagram {

// Brings an open database to the present schema: creates it in an empty file, migrates an older
// one, and leaves what it does not know untouched. May throw SQLite::Exception.
//   FAILED_PRECONDITION: another program's database, or one of a newer version of this one.
//   DATA_LOSS: the file fails SQLite's own check.
absl::Status PrepareSchema(SQLite::Database& database, absl::string_view path);

}  // namespace vagram

#endif  // ORCHESTRATOR_STORE_SCHEMA_H_
