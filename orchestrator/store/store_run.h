#ifndef ORCHESTRATOR_STORE_STORE_RUN_H_
#define ORCHESTRATOR_STORE_STORE_RUN_H_

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>

#include "orchestrator/store/sqlite_status.h"
#include "orchestrator/store/store.h"

// How the files of the store reach their database.
namespace vagram {

inline SQLite::Transaction BeginWrite(SQLite::Database& database) {
  return SQLite::Transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
}

template <typename Body>
auto Store::Run(Body body) {
  absl::MutexLock lock(&mu_);
  SQLite::Database& database = *database_;
  return WithSqlite(path_, [&] { return body(database); });
}

}  // namespace vagram

#endif  // ORCHESTRATOR_STORE_STORE_RUN_H_
