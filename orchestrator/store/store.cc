#include "orchestrator/store/store.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "orchestrator/store/rows.h"
#include "orchestrator/store/schema.h"
#include "orchestrator/store/sqlite_status.h"
#include "orchestrator/store/store_run.h"
#include "orchestrator/store/timestamp.h"

namespace vagram {
namespace {

constexpr int kBusyTimeoutMs = 5000;

absl::Status NoExperiment(SQLite::Database& database, int64_t experiment) {
  const SQLite::Column newest = database.execAndGet("SELECT max(id) FROM experiments");
  return absl::NotFoundError(
      newest.isNull() ? absl::StrCat("no experiment ", experiment, "; none has been submitted yet")
                      : absl::StrCat("no experiment ", experiment, "; the newest is ",
                                     newest.getInt64(), ", `vagram list` shows all"));
}

}  // namespace

Store::Store(std::string path, std::unique_ptr<SQLite::Database> database)
    : path_(std::move(path)), database_(std::move(database)) {}

Store::~Store() = default;

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& path, int64_t max_pages) {
  return WithSqlite(path, [&]() -> absl::StatusOr<std::unique_ptr<Store>> {
    auto database = std::make_unique<SQLite::Database>(
        path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
    RETURN_IF_ERROR(PrepareSchema(*database, path));
    database->exec("PRAGMA journal_mode = WAL");
    database->exec("PRAGMA synchronous = FULL");
    database->exec("PRAGMA foreign_keys = ON");
    database->exec("PRAGMA cache_size = -65536");  // KiB; thousands of trials are read at a time
    if (max_pages > 0) database->exec(absl::StrCat("PRAGMA max_page_count = ", max_pages));
    return std::unique_ptr<Store>(new Store(path, std::move(database)));
  });
}

absl::StatusOr<std::optional<int64_t>> Store::FindRequest(absl::string_view client_request_id) {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<std::optional<int64_t>> {
    SQLite::Statement find(database, "SELECT id FROM experiments WHERE client_request_id = ?");
    find.bind(1, std::string(client_request_id));
    if (!find.executeStep()) return std::nullopt;
    return find.getColumn(0).getInt64();
  });
}

absl::StatusOr<Submission> Store::Submit(const NewExperiment& experiment, absl::Time now) {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<Submission> {
    SQLite::Transaction transaction = BeginWrite(database);
    SQLite::Statement insert(
        database,
        "INSERT INTO experiments(client_request_id, name, spec_yaml, restarts, submitted_at, "
        "priority, fail_fast, tuning) VALUES(?,?,?,?,?,?,?,?) ON CONFLICT(client_request_id) DO "
        "NOTHING");
    insert.bind(1, experiment.client_request_id);
    insert.bind(2, experiment.name);
    insert.bind(3, experiment.spec_yaml);
    insert.bind(4, experiment.restarts);
    insert.bind(5, absl::ToUnixMicros(now));
    insert.bind(6, experiment.priority);
    insert.bind(7, experiment.fail_fast ? 1 : 0);
    insert.bind(8, experiment.tuning ? 1 : 0);
    if (insert.exec() == 0) {  // this request is known
      SQLite::Statement find(database, "SELECT id FROM experiments WHERE client_request_id = ?");
      find.bind(1, experiment.client_request_id);
      find.executeStep();
      return Submission{find.getColumn(0).getInt64(), true};
    }
    const int64_t id = database.getLastInsertRowid();
    for (size_t i = 0; i < experiment.trials.size(); ++i) {
      InsertTrial(database, TrialId{id, static_cast<int64_t>(i)}, experiment.trials[i]);
    }
    if (experiment.early_stopping.has_value()) {
      WriteEarlyStopping(database, id, *experiment.early_stopping);
    }
    for (const v1::UserTask& task : experiment.tasks) {
      SQLite::Statement insert_task(database, "INSERT INTO tasks VALUES(?,?,?)");
      insert_task.bind(1, id);
      insert_task.bind(2, task.path());
      const std::string data = task.SerializeAsString();
      insert_task.bind(3, data.data(), static_cast<int>(data.size()));
      insert_task.exec();
    }
    transaction.commit();
    return Submission{id, false};
  });
}

absl::StatusOr<v1::Experiment> Store::GetExperiment(int64_t experiment) {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<v1::Experiment> {
    SQLite::Statement select(database, absl::StrCat(kSelectExperiment, " WHERE id = ?"));
    select.bind(1, experiment);
    if (!select.executeStep()) return NoExperiment(database, experiment);
    v1::Experiment result = ReadExperiment(select);
    SQLite::Statement trials(database, absl::StrCat(SelectTrial(/*with_config=*/true),
                                                    " WHERE experiment = ? ORDER BY idx"));
    trials.bind(1, experiment);
    std::vector<v1::Trial*> all;
    while (trials.executeStep()) {
      all.push_back(result.add_trials());
      *all.back() = ReadTrial(trials).trial;
    }
    ReadDetails(database, experiment, /*first=*/0, all);
    return result;
  });
}

absl::StatusOr<v1::UserTask> Store::GetTask(int64_t experiment, absl::string_view path) {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<v1::UserTask> {
    SQLite::Statement select(database, "SELECT data FROM tasks WHERE experiment = ? AND path = ?");
    select.bind(1, experiment);
    select.bind(2, std::string(path));
    if (!select.executeStep()) {
      return absl::NotFoundError(
          absl::StrCat("experiment ", experiment, " has no task file called ", path));
    }
    v1::UserTask task;
    const SQLite::Column data = select.getColumn(0);
    if (!task.ParseFromArray(data.getBlob(), data.getBytes())) {
      return absl::DataLossError(absl::StrCat("task file ", path, " of experiment ", experiment,
                                              " is damaged; submit the experiment again"));
    }
    return task;
  });
}

absl::StatusOr<int64_t> Store::NumExperiments() {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<int64_t> {
    return database.execAndGet("SELECT count(*) FROM experiments").getInt64();
  });
}

absl::StatusOr<std::vector<v1::Experiment>> Store::ListExperiments(int limit) {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<std::vector<v1::Experiment>> {
    SQLite::Statement select(database,
                             absl::StrCat(kSelectExperiment, " ORDER BY id DESC LIMIT ?"));
    select.bind(1, limit);
    std::vector<v1::Experiment> results;
    while (select.executeStep()) {
      v1::Experiment& result = results.emplace_back(ReadExperiment(select));
      SQLite::Statement trials(database, absl::StrCat(SelectTrial(/*with_config=*/false),
                                                      " WHERE experiment = ? ORDER BY idx"));
      trials.bind(1, select.getColumn(0).getInt64());
      while (trials.executeStep()) *result.add_trials() = ReadTrial(trials).trial;
    }
    return results;
  });
}

absl::StatusOr<TrialRecord> Store::GetTrial(const TrialId& id) {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<TrialRecord> {
    SQLite::Statement select(database, absl::StrCat(SelectTrial(/*with_config=*/true),
                                                    " WHERE experiment = ? AND idx = ?"));
    select.bind(1, id.experiment);
    select.bind(2, id.index);
    if (select.executeStep()) {
      TrialRecord record = ReadTrial(select);
      ReadDetails(database, id.experiment, id.index, {&record.trial});
      return record;
    }
    SQLite::Statement last(database, "SELECT max(idx) FROM trials WHERE experiment = ?");
    last.bind(1, id.experiment);
    last.executeStep();
    if (last.getColumn(0).isNull()) return NoExperiment(database, id.experiment);
    return absl::NotFoundError(absl::StrCat("no trial ", id.ToString(), "; experiment ",
                                            id.experiment, " has trials ", id.experiment, "/0 to ",
                                            id.experiment, "/", last.getColumn(0).getInt64()));
  });
}

absl::StatusOr<std::map<v1::TrialState, int64_t>> Store::CountTrials() {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<std::map<v1::TrialState, int64_t>> {
    SQLite::Statement select(database, "SELECT state, count(*) FROM trials GROUP BY state");
    std::map<v1::TrialState, int64_t> counts;
    while (select.executeStep()) {
      counts[static_cast<v1::TrialState>(select.getColumn(0).getInt())] =
          select.getColumn(1).getInt64();
    }
    return counts;
  });
}

absl::StatusOr<std::vector<TrialRecord>> Store::UnfinishedTrials() {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<std::vector<TrialRecord>> {
    SQLite::Statement select(database,
                             absl::StrCat(SelectTrial(/*with_config=*/true), " WHERE state IN (",
                                          kUnfinishedStates, ") ORDER BY experiment, idx"));
    std::vector<TrialRecord> records;
    while (select.executeStep()) {
      TrialRecord& record = records.emplace_back(ReadTrial(select));
      ReadDetails(database, record.id.experiment, record.id.index, {&record.trial});
    }
    return records;
  });
}

absl::Status Store::UpdateTrial(const TrialRecord& record, const v1::AttemptRecord* ended) {
  return UpdateTrials({{&record, ended}});
}

absl::Status Store::UpdateTrials(absl::Span<const TrialUpdate> updates,
                                 const EarlyStoppingUpdate& early_stopping) {
  return Run([&](SQLite::Database& database) {
    SQLite::Transaction transaction = BeginWrite(database);
    std::map<int64_t, const TrialRecord*> ended;  // one ended trial of every experiment
    for (const TrialUpdate& update : updates) {
      WriteTrial(database, *update.record);
      if (update.ended != nullptr) WriteAttempt(database, update.record->id, *update.ended);
      if (update.record->trial.has_ended_at()) {
        ended[update.record->id.experiment] = update.record;
      } else {
        ReopenExperiment(database, update.record->id.experiment);
      }
    }
    // Once per experiment and not per trial: it looks at all trials.
    for (const auto& [experiment, record] : ended) {
      EndExperimentWithLastTrial(database, experiment, record->trial.ended_at());
    }
    for (const RungResult& result : early_stopping.results) WriteRungResult(database, result);
    for (const Promotion& promotion : early_stopping.promotions)
      WritePromotion(database, promotion);
    transaction.commit();
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<EarlyStoppingRecord>> Store::GetEarlyStopping(int64_t experiment) {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<std::optional<EarlyStoppingRecord>> {
    return ReadEarlyStopping(database, experiment);
  });
}

absl::Status Store::SaveProgress(absl::Span<const std::pair<TrialId, v1::Progress>> progress) {
  return Run([&](SQLite::Database& database) {
    SQLite::Transaction transaction = BeginWrite(database);
    SQLite::Statement update(database,
                             "UPDATE trials SET progress = ? WHERE experiment = ? AND idx = ?");
    for (const auto& [id, message] : progress) {
      BindMessage(update, 1, message);
      update.bind(2, id.experiment);
      update.bind(3, id.index);
      update.exec();
      update.reset();
    }
    transaction.commit();
    return absl::OkStatus();
  });
}

absl::Status Store::PutWorker(const WorkerRecord& worker) {
  return Run([&](SQLite::Database& database) {
    WriteWorker(database, worker);
    return absl::OkStatus();
  });
}

absl::Status Store::RemoveWorkers(const TrialId& trial, int64_t attempt) {
  return Run([&](SQLite::Database& database) {
    SQLite::Statement remove(
        database, "DELETE FROM workers WHERE experiment = ? AND idx = ? AND attempt = ?");
    remove.bind(1, trial.experiment);
    remove.bind(2, trial.index);
    remove.bind(3, attempt);
    remove.exec();
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<WorkerRecord>> Store::Workers() {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<std::vector<WorkerRecord>> {
    SQLite::Statement select(database,
                             absl::StrCat(kSelectWorker, " ORDER BY experiment, idx, attempt"));
    std::vector<WorkerRecord> workers;
    while (select.executeStep()) workers.push_back(ReadWorker(select));
    return workers;
  });
}

absl::StatusOr<std::optional<std::string>> Store::GetMeta(absl::string_view key) {
  return Run([&](SQLite::Database& database) -> absl::StatusOr<std::optional<std::string>> {
    SQLite::Statement select(database, "SELECT value FROM meta WHERE key = ?");
    select.bind(1, std::string(key));
    if (!select.executeStep()) return std::nullopt;
    return select.getColumn(0).getString();
  });
}

absl::Status Store::SetMeta(absl::string_view key, absl::string_view value) {
  return Run([&](SQLite::Database& database) {
    SQLite::Statement put(database, "REPLACE INTO meta VALUES(?, ?)");
    put.bind(1, std::string(key));
    put.bind(2, std::string(value));
    put.exec();
    return absl::OkStatus();
  });
}

}  // namespace vagram
