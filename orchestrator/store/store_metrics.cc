// Rows of metrics.
#include <SQLiteCpp/Statement.h>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "orchestrator/store/rows.h"
#include "orchestrator/store/store_run.h"

namespace vagram {
namespace {

constexpr size_t kMaxMetricNameBytes = 200;

// Columns data and reported_at, in order of the rows.
SQLite::Statement SelectMetrics(SQLite::Database& database, const TrialId& trial, int64_t attempt,
                                int64_t first_row, int64_t limit) {
  SQLite::Statement select(database,
                           "SELECT data, reported_at FROM metrics WHERE experiment = ? AND "
                           "idx = ? AND attempt = ? AND row >= ? ORDER BY row LIMIT ?");
  select.bind(1, trial.experiment);
  select.bind(2, trial.index);
  select.bind(3, attempt);
  select.bind(4, first_row);
  select.bind(5, limit);
  return select;
}

absl::Status CheckRow(const v1::MetricRow& row, int64_t next_row) {
  if (row.row() < 0 || row.row() > next_row) {
    return absl::InvalidArgumentError(
        absl::StrCat("row ", row.row(), " came while the next one is row ", next_row,
                     "; rows are counted from 0 in every attempt and sent in order"));
  }
  for (const v1::Metric& metric : row.metrics()) {
    if (metric.name().empty() || metric.name().size() > kMaxMetricNameBytes) {
      return absl::InvalidArgumentError(absl::StrCat("a metric's name in row ", row.row(), " has ",
                                                     metric.name().size(), " bytes, expected 1 to ",
                                                     kMaxMetricNameBytes));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int64_t> Store::AppendMetrics(const TrialId& trial, int64_t attempt,
                                             absl::Span<const v1::MetricRow> rows, absl::Time now) {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<int64_t> {
    SQLite::Transaction transaction = BeginWrite(database);
    int64_t stored = CountMetrics(database, trial, attempt);
    for (const v1::MetricRow& row : rows) {
      RETURN_IF_ERROR(CheckRow(row, stored));
      if (row.row() < stored) continue;  // a repeat
      InsertMetrics(database, trial, attempt, row, now);
      ++stored;
    }
    transaction.commit();
    return stored;
  });
}

absl::StatusOr<int64_t> Store::NumMetrics(const TrialId& trial, int64_t attempt) {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<int64_t> {
    return CountMetrics(database, trial, attempt);
  });
}

absl::StatusOr<int64_t> Store::AttemptWithMetrics(const TrialId& trial, int64_t attempt) {
  if (attempt <= 1) return attempt;
  return Run([&](SQLite::Database& database) -> absl::StatusOr<int64_t> {
    SQLite::Statement select(database,
                             "SELECT max(attempt) FROM metrics WHERE experiment = ? AND idx = ? "
                             "AND attempt <= ?");
    select.bind(1, trial.experiment);
    select.bind(2, trial.index);
    select.bind(3, attempt);
    select.executeStep();
    return select.getColumn(0).isNull() ? attempt : select.getColumn(0).getInt64();
  });
}

absl::StatusOr<int64_t> Store::MostMetrics(const TrialId& trial, int64_t attempt) {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<int64_t> {
    // By way of the attempts, each of whose last rows is found without a look at the others.
    SQLite::Statement select(
        database,
        "SELECT max((SELECT max(row) + 1 FROM metrics m WHERE m.experiment = a.experiment AND "
        "m.idx = a.idx AND m.attempt = a.attempt)) FROM attempts a WHERE experiment = ? AND "
        "idx = ? AND attempt < ?");
    select.bind(1, trial.experiment);
    select.bind(2, trial.index);
    select.bind(3, attempt);
    select.executeStep();
    return select.getColumn(0).getInt64();  // 0 where there is none
  });
}

absl::StatusOr<std::vector<StoredRow>> Store::Metrics(const TrialId& trial, int64_t attempt,
                                                      int64_t first_row, int64_t limit) {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<std::vector<StoredRow>> {
    SQLite::Statement select = SelectMetrics(database, trial, attempt, first_row, limit);
    std::vector<StoredRow> rows;
    while (select.executeStep()) {
      StoredRow& row = rows.emplace_back();
      row.row.ParseFromString(select.getColumn(0).getString());
      row.reported_at = absl::FromUnixMicros(select.getColumn(1).getInt64());
    }
    return rows;
  });
}

absl::StatusOr<std::vector<std::string>> Store::EncodedMetrics(const TrialId& trial,
                                                               int64_t attempt, int64_t first_row,
                                                               int64_t limit) {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<std::vector<std::string>> {
    SQLite::Statement select = SelectMetrics(database, trial, attempt, first_row, limit);
    std::vector<std::string> rows;
    while (select.executeStep()) rows.push_back(select.getColumn(0).getString());
    return rows;
  });
}

absl::StatusOr<std::map<int64_t, double>> Store::FinalReturns(int64_t experiment) {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<std::map<int64_t, double>> {
    SQLite::Statement select(
        database,
        "SELECT idx, (SELECT avg(return_mean) FROM (SELECT return_mean FROM metrics m WHERE "
        "m.experiment = t.experiment AND m.idx = t.idx AND m.attempt = (SELECT max(attempt) FROM "
        "metrics a WHERE a.experiment = t.experiment AND a.idx = t.idx AND a.attempt <= t.attempt) "
        "AND return_mean IS NOT NULL ORDER BY row DESC LIMIT 3)) FROM trials t WHERE experiment = "
        "? ORDER BY idx");
    select.bind(1, experiment);
    std::map<int64_t, double> returns;
    while (select.executeStep()) {
      if (select.getColumn(1).isNull()) continue;
      returns.emplace_hint(returns.end(), select.getColumn(0).getInt64(),
                           select.getColumn(1).getDouble());
    }
    return returns;
  });
}

}  // namespace vagram
