#include "orchestrator/store/schema.h"

#include <SQLiteCpp/Transaction.h>

#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"

namespace vagram {
namespace {

constexpr int kApplicationId = 0x56614772;  // "VaGr", in the header of the file

// kMigrations[i] leads from version i to i + 1. Released ones are never edited. Times are in
// microseconds since 1970; states and roles are the numbers of the proto's enums.
constexpr const char* kMigrations[] = {
    R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE experiments(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_request_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  spec_yaml TEXT NOT NULL,
  restarts INTEGER NOT NULL,
  submitted_at INTEGER NOT NULL,
  ended_at INTEGER);
CREATE TABLE trials(
  experiment INTEGER NOT NULL REFERENCES experiments(id),
  idx INTEGER NOT NULL,
  label TEXT NOT NULL,
  seed INTEGER NOT NULL,
  config BLOB NOT NULL,             -- TrialConfig
  state INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  failures INTEGER NOT NULL,        -- ended attempts that count against `restarts`
  reason TEXT NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  progress BLOB,                    -- Progress
  PRIMARY KEY(experiment, idx)) WITHOUT ROWID;
CREATE INDEX trials_by_state ON trials(state);
CREATE TABLE overrides(
  experiment INTEGER NOT NULL, idx INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY(experiment, idx, key)) WITHOUT ROWID;
CREATE TABLE attempts(              -- ended ones
  experiment INTEGER NOT NULL, idx INTEGER NOT NULL, attempt INTEGER NOT NULL,
  ended_at INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY(experiment, idx, attempt)) WITHOUT ROWID;
CREATE TABLE workers(               -- processes that may still be alive
  experiment INTEGER NOT NULL, idx INTEGER NOT NULL, attempt INTEGER NOT NULL,
  role INTEGER NOT NULL, worker INTEGER NOT NULL,
  pid INTEGER NOT NULL, incarnation TEXT NOT NULL, host TEXT NOT NULL,
  address TEXT NOT NULL, log_file TEXT NOT NULL,
  PRIMARY KEY(experiment, idx, attempt, role, worker)) WITHOUT ROWID;
CREATE TABLE metrics(
  experiment INTEGER NOT NULL, idx INTEGER NOT NULL, attempt INTEGER NOT NULL,
  row INTEGER NOT NULL,
  reported_at INTEGER NOT NULL,
  return_mean REAL,                 -- evaluate/return_mean, where the row has it
  data BLOB NOT NULL,               -- MetricRow
  PRIMARY KEY(experiment, idx, attempt, row)) WITHOUT ROWID;
CREATE INDEX metrics_with_return ON metrics(experiment, idx, attempt, row)
  WHERE return_mean IS NOT NULL;
)sql",
    R"sql(
CREATE TABLE tasks(                 -- of users, as they were when the experiment was submitted
  experiment INTEGER NOT NULL REFERENCES experiments(id),
  path TEXT NOT NULL,
  data BLOB NOT NULL,               -- UserTask
  PRIMARY KEY(experiment, path)) WITHOUT ROWID;
)sql",
    R"sql(
ALTER TABLE trials ADD COLUMN replaced_actors INTEGER NOT NULL DEFAULT 0;  -- in this attempt
)sql",
    R"sql(
ALTER TABLE experiments ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;   -- higher runs first
ALTER TABLE experiments ADD COLUMN fail_fast INTEGER NOT NULL DEFAULT 0;  -- 0 or 1
)sql",
    R"sql(
ALTER TABLE experiments ADD COLUMN tuning INTEGER NOT NULL DEFAULT 0;     -- 0 or 1
ALTER TABLE trials ADD COLUMN at_rung INTEGER NOT NULL DEFAULT 0;  -- 1: PAUSED by early stopping
CREATE TABLE early_stopping(        -- of experiments that have it
  experiment INTEGER PRIMARY KEY REFERENCES experiments(id),
  metric TEXT NOT NULL, first_rung INTEGER NOT NULL, reduction INTEGER NOT NULL,
  seeds INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE rung_results(          -- of trials; rungs count from 1
  experiment INTEGER NOT NULL, idx INTEGER NOT NULL, rung INTEGER NOT NULL, value REAL NOT NULL,
  PRIMARY KEY(experiment, idx, rung)) WITHOUT ROWID;
CREATE TABLE promotions(            -- the last rung that an arm was promoted from
  experiment INTEGER NOT NULL, arm INTEGER NOT NULL, rung INTEGER NOT NULL,
  PRIMARY KEY(experiment, arm)) WITHOUT ROWID;
)sql",
};
constexpr int kVersion = std::size(kMigrations);

int Pragma(SQLite::Database& database, const char* name) {
  return database.execAndGet(absl::StrCat("PRAGMA ", name)).getInt();
}

}  // namespace

absl::Status PrepareSchema(SQLite::Database& database, absl::string_view path) {
  const std::string check = database.execAndGet("PRAGMA quick_check(1)").getString();
  if (check != "ok") {
    return absl::DataLossError(absl::StrCat("database ", path, " is damaged: ", check,
                                            "; move it aside to start with an empty one, or "
                                            "restore a copy"));
  }
  const int application = Pragma(database, "application_id");
  const int version = Pragma(database, "user_version");
  const bool empty = database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
  if (application != kApplicationId && !empty) {
    return absl::FailedPreconditionError(
        absl::StrCat("database ", path, " belongs to another program; choose another home folder"));
  }
  if (version > kVersion) {
    return absl::FailedPreconditionError(absl::StrCat(
        "database ", path, " has schema version ", version, ", this program knows versions up to ",
        kVersion, "; use the newer program that wrote it, or another home folder"));
  }
  for (int v = version; v < kVersion; ++v) {
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::EXCLUSIVE);
    database.exec(kMigrations[v]);
    database.exec(absl::StrCat("PRAGMA application_id = ", kApplicationId));
    database.exec(absl::StrCat("PRAGMA user_version = ", v + 1));
    transaction.commit();
  }
  return absl::OkStatus();
}

}  // namespace vagram
