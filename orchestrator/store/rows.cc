#include "orchestrator/store/rows.h"

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "orchestrator/store/timestamp.h"

namespace vagram {
namespace {

constexpr char kReturnMean[] = "evaluate/return_mean";

google::protobuf::Timestamp ReadTime(const SQLite::Column& column) {
  return ToTimestamp(absl::FromUnixMicros(column.getInt64()));
}

void BindTime(SQLite::Statement& statement, int parameter, bool present,
              const google::protobuf::Timestamp& time) {
  if (present) {
    statement.bind(parameter, absl::ToUnixMicros(FromTimestamp(time)));
  } else {
    statement.bind(parameter);  // NULL
  }
}

}  // namespace

void BindMessage(SQLite::Statement& statement, int parameter,
                 const google::protobuf::MessageLite& message) {
  const std::string bytes = message.SerializeAsString();
  statement.bind(parameter, bytes.data(), static_cast<int>(bytes.size()));
}

const char kSelectExperiment[] =
    "SELECT id, name, submitted_at, ended_at, priority, fail_fast, tuning FROM experiments";

v1::Experiment ReadExperiment(SQLite::Statement& row) {
  v1::Experiment experiment;
  experiment.set_id(absl::StrCat(row.getColumn(0).getInt64()));
  experiment.set_name(row.getColumn(1).getString());
  *experiment.mutable_submitted_at() = ReadTime(row.getColumn(2));
  if (!row.getColumn(3).isNull()) *experiment.mutable_ended_at() = ReadTime(row.getColumn(3));
  experiment.set_priority(row.getColumn(4).getInt());
  experiment.set_fail_fast(row.getColumn(5).getInt() != 0);
  experiment.set_tuning(row.getColumn(6).getInt() != 0);
  return experiment;
}

std::string SelectTrial(bool with_config) {
  return absl::StrCat(
      "SELECT experiment, idx, label, seed, state, attempt, failures, reason, started_at, "
      "t.ended_at, progress, ",
      with_config ? "config" : "NULL",
      ", restarts, replaced_actors, priority, fail_fast, at_rung, (SELECT count(*) FROM "
      "rung_results r WHERE r.experiment = t.experiment AND r.idx = t.idx) FROM trials t JOIN "
      "experiments e ON e.id = experiment");
}

TrialRecord ReadTrial(SQLite::Statement& row) {
  TrialRecord record;
  record.id = TrialId{row.getColumn(0).getInt64(), row.getColumn(1).getInt64()};
  v1::Trial& trial = record.trial;
  trial.set_id(record.id.ToString());
  trial.set_label(row.getColumn(2).getString());
  trial.set_seed(row.getColumn(3).getInt64());
  trial.set_state(static_cast<v1::TrialState>(row.getColumn(4).getInt()));
  trial.set_attempt(row.getColumn(5).getInt64());
  record.failures = row.getColumn(6).getInt();
  trial.set_reason(row.getColumn(7).getString());
  if (!row.getColumn(8).isNull()) *trial.mutable_started_at() = ReadTime(row.getColumn(8));
  if (!row.getColumn(9).isNull()) *trial.mutable_ended_at() = ReadTime(row.getColumn(9));
  if (!row.getColumn(10).isNull()) {
    trial.mutable_progress()->ParseFromString(row.getColumn(10).getString());
  }
  if (const SQLite::Column config = row.getColumn(11); !config.isNull()) {
    trial.mutable_config()->ParseFromArray(config.getBlob(), config.getBytes());
  }
  record.restarts = row.getColumn(12).getInt();
  trial.set_replaced_actors(row.getColumn(13).getInt());
  record.priority = row.getColumn(14).getInt();
  record.fail_fast = row.getColumn(15).getInt() != 0;
  record.at_rung = row.getColumn(16).getInt() != 0;
  trial.set_rungs(row.getColumn(17).getInt());
  return record;
}

const char kSelectWorker[] =
    "SELECT experiment, idx, attempt, role, worker, pid, incarnation, host, address, log_file "
    "FROM workers";

WorkerRecord ReadWorker(SQLite::Statement& row) {
  WorkerRecord worker;
  worker.trial = TrialId{row.getColumn(0).getInt64(), row.getColumn(1).getInt64()};
  worker.attempt = row.getColumn(2).getInt64();
  worker.role = static_cast<v1::Role>(row.getColumn(3).getInt());
  worker.index = row.getColumn(4).getInt();
  worker.pid = row.getColumn(5).getInt64();
  worker.incarnation = row.getColumn(6).getString();
  worker.host = row.getColumn(7).getString();
  worker.address = row.getColumn(8).getString();
  worker.log_file = row.getColumn(9).getString();
  return worker;
}

void ReadDetails(SQLite::Database& database, int64_t experiment, int64_t first,
                 absl::Span<v1::Trial* const> trials) {
  const auto trial_of = [&](const SQLite::Statement& row) {
    return trials[static_cast<size_t>(row.getColumn(0).getInt64() - first)];
  };
  const auto bind = [&](SQLite::Statement& select) {
    select.bind(1, experiment);
    select.bind(2, first);
    select.bind(3, first + static_cast<int64_t>(trials.size()) - 1);
  };
  SQLite::Statement overrides(database,
                              "SELECT idx, key, value FROM overrides WHERE experiment = ? AND idx "
                              "BETWEEN ? AND ?");
  bind(overrides);
  while (overrides.executeStep()) {
    (*trial_of(overrides)->mutable_overrides())[overrides.getColumn(1).getString()] =
        overrides.getColumn(2).getString();
  }
  SQLite::Statement attempts(database,
                             "SELECT idx, attempt, ended_at, reason FROM attempts WHERE experiment "
                             "= ? AND idx BETWEEN ? AND ? ORDER BY idx, attempt");
  bind(attempts);
  while (attempts.executeStep()) {
    v1::AttemptRecord& attempt = *trial_of(attempts)->add_attempts();
    attempt.set_attempt(attempts.getColumn(1).getInt64());
    *attempt.mutable_ended_at() = ReadTime(attempts.getColumn(2));
    attempt.set_reason(attempts.getColumn(3).getString());
  }
}

void InsertTrial(SQLite::Database& database, const TrialId& id, const NewTrial& trial) {
  SQLite::Statement insert(database,
                           "INSERT INTO trials(experiment, idx, label, seed, config, state, "
                           "attempt, failures, reason) VALUES(?,?,?,?,?,?,1,0,'')");
  insert.bind(1, id.experiment);
  insert.bind(2, id.index);
  insert.bind(3, trial.label);
  insert.bind(4, static_cast<int64_t>(trial.config.seed()));
  BindMessage(insert, 5, trial.config);
  insert.bind(6, static_cast<int>(v1::QUEUED));
  insert.exec();
  SQLite::Statement put(database, "INSERT INTO overrides VALUES(?,?,?,?)");
  for (const auto& [key, value] : trial.overrides) {
    put.bind(1, id.experiment);
    put.bind(2, id.index);
    put.bind(3, key);
    put.bind(4, value);
    put.exec();
    put.reset();
  }
}

void WriteTrial(SQLite::Database& database, const TrialRecord& record) {
  const v1::Trial& trial = record.trial;
  SQLite::Statement update(database,
                           "UPDATE trials SET state=?, attempt=?, failures=?, reason=?, "
                           "started_at=?, ended_at=?, progress=?, replaced_actors=?, at_rung=? "
                           "WHERE experiment=? AND idx=?");
  update.bind(1, static_cast<int>(trial.state()));
  update.bind(2, static_cast<int64_t>(trial.attempt()));
  update.bind(3, record.failures);
  update.bind(4, trial.reason());
  BindTime(update, 5, trial.has_started_at(), trial.started_at());
  BindTime(update, 6, trial.has_ended_at(), trial.ended_at());
  if (trial.has_progress()) {
    BindMessage(update, 7, trial.progress());
  } else {
    update.bind(7);  // NULL
  }
  update.bind(8, trial.replaced_actors());
  update.bind(9, record.at_rung ? 1 : 0);
  update.bind(10, record.id.experiment);
  update.bind(11, record.id.index);
  update.exec();
}

void WriteAttempt(SQLite::Database& database, const TrialId& id, const v1::AttemptRecord& attempt) {
  SQLite::Statement put(database, "REPLACE INTO attempts VALUES(?,?,?,?,?)");
  put.bind(1, id.experiment);
  put.bind(2, id.index);
  put.bind(3, static_cast<int64_t>(attempt.attempt()));
  put.bind(4, absl::ToUnixMicros(FromTimestamp(attempt.ended_at())));
  put.bind(5, attempt.reason());
  put.exec();
}

std::optional<EarlyStoppingRecord> ReadEarlyStopping(SQLite::Database& database,
                                                     int64_t experiment) {
  SQLite::Statement select(
      database,
      "SELECT metric, first_rung, reduction, seeds FROM early_stopping WHERE experiment = ?");
  select.bind(1, experiment);
  if (!select.executeStep()) return std::nullopt;
  EarlyStoppingRecord record;
  record.early_stopping = {select.getColumn(0).getString(), select.getColumn(1).getInt64(),
                           select.getColumn(2).getInt64(), select.getColumn(3).getInt64()};
  SQLite::Statement results(database,
                            "SELECT idx, rung, value FROM rung_results WHERE experiment = ? ORDER "
                            "BY idx, rung");
  results.bind(1, experiment);
  while (results.executeStep()) {
    record.results.push_back({{experiment, results.getColumn(0).getInt64()},
                              results.getColumn(1).getInt(),
                              results.getColumn(2).getDouble()});
  }
  SQLite::Statement promotions(database,
                               "SELECT arm, rung FROM promotions WHERE experiment = ? ORDER BY "
                               "arm");
  promotions.bind(1, experiment);
  while (promotions.executeStep()) {
    record.promotions.push_back(
        {experiment, promotions.getColumn(0).getInt64(), promotions.getColumn(1).getInt()});
  }
  return record;
}

void WriteEarlyStopping(SQLite::Database& database, int64_t experiment,
                        const EarlyStopping& early_stopping) {
  SQLite::Statement insert(database, "INSERT INTO early_stopping VALUES(?,?,?,?,?)");
  insert.bind(1, experiment);
  insert.bind(2, early_stopping.metric);
  insert.bind(3, early_stopping.first_rung);
  insert.bind(4, early_stopping.reduction);
  insert.bind(5, early_stopping.seeds);
  insert.exec();
}

void WriteRungResult(SQLite::Database& database, const RungResult& result) {
  SQLite::Statement put(database, "INSERT OR IGNORE INTO rung_results VALUES(?,?,?,?)");
  put.bind(1, result.trial.experiment);
  put.bind(2, result.trial.index);
  put.bind(3, result.rung);
  put.bind(4, result.value);
  put.exec();
}

void WritePromotion(SQLite::Database& database, const Promotion& promotion) {
  SQLite::Statement put(database, "REPLACE INTO promotions VALUES(?,?,?)");
  put.bind(1, promotion.experiment);
  put.bind(2, promotion.arm);
  put.bind(3, promotion.rung);
  put.exec();
}

void WriteWorker(SQLite::Database& database, const WorkerRecord& worker) {
  SQLite::Statement put(database, "REPLACE INTO workers VALUES(?,?,?,?,?,?,?,?,?,?)");
  put.bind(1, worker.trial.experiment);
  put.bind(2, worker.trial.index);
  put.bind(3, worker.attempt);
  put.bind(4, static_cast<int>(worker.role));
  put.bind(5, worker.index);
  put.bind(6, worker.pid);
  put.bind(7, worker.incarnation);
  put.bind(8, worker.host);
  put.bind(9, worker.address);
  put.bind(10, worker.log_file);
  put.exec();
}

int64_t CountMetrics(SQLite::Database& database, const TrialId& trial, int64_t attempt) {
  // They have no gaps: the last one's number tells, and is found without a look at the others.
  SQLite::Statement last(
      database,
      "SELECT max(row) + 1 FROM metrics WHERE experiment = ? AND idx = ? AND attempt = ?");
  last.bind(1, trial.experiment);
  last.bind(2, trial.index);
  last.bind(3, attempt);
  last.executeStep();
  return last.getColumn(0).getInt64();  // 0 where there is none
}

void InsertMetrics(SQLite::Database& database, const TrialId& trial, int64_t attempt,
                   const v1::MetricRow& row, absl::Time reported_at) {
  SQLite::Statement insert(database, "INSERT INTO metrics VALUES(?,?,?,?,?,?,?)");
  insert.bind(1, trial.experiment);
  insert.bind(2, trial.index);
  insert.bind(3, attempt);
  insert.bind(4, static_cast<int64_t>(row.row()));
  insert.bind(5, absl::ToUnixMicros(reported_at));
  insert.bind(6);  // NULL
  for (const v1::Metric& metric : row.metrics()) {
    if (metric.name() == kReturnMean && !std::isnan(metric.value())) insert.bind(6, metric.value());
  }
  BindMessage(insert, 7, row);
  insert.exec();
}

void EndExperimentWithLastTrial(SQLite::Database& database, int64_t experiment,
                                const google::protobuf::Timestamp& ended_at) {
  SQLite::Statement end(
      database, absl::StrCat("UPDATE experiments SET ended_at = ? WHERE id = ? AND NOT EXISTS ("
                             "SELECT 1 FROM trials WHERE experiment = id AND state IN (",
                             kUnfinishedStates, "))"));
  end.bind(1, absl::ToUnixMicros(FromTimestamp(ended_at)));
  end.bind(2, experiment);
  end.exec();
}

void ReopenExperiment(SQLite::Database& database, int64_t experiment) {
  SQLite::Statement reopen(
      database, "UPDATE experiments SET ended_at = NULL WHERE id = ? AND ended_at IS NOT NULL");
  reopen.bind(1, experiment);
  reopen.exec();
}

}  // namespace vagram
