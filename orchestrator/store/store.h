#ifndef ORCHESTRATOR_STORE_STORE_H_
#define ORCHESTRATOR_STORE_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "orchestrator/early_stopping.h"
#include "orchestrator/store/trial_id.h"
#include "proto/orchestrator.pb.h"

namespace SQLite {
class Database;
}

namespace vagram {

struct NewTrial {
  std::string label;
  std::map<std::string, std::string> overrides;
  v1::TrialConfig config;
};

struct NewExperiment {
  std::string client_request_id;
  std::string name;
  std::string spec_yaml;
  int restarts = 0;
  int priority = 0;
  bool fail_fast = false;
  bool tuning = false;
  std::optional<EarlyStopping> early_stopping;
  std::vector<NewTrial> trials;
  std::vector<v1::UserTask> tasks;  // every env.task of the trials
};

struct Submission {
  int64_t experiment = 0;
  bool already_existed = false;
};

// A trial with what the scheduler decides by. `trial` has everything but workers, folder,
// max_attempts and final_return.
struct TrialRecord {
  TrialId id;
  v1::Trial trial;
  int restarts = 0;        // of its experiment, as are the next two
  int priority = 0;        // higher runs first
  bool fail_fast = false;  // one trial that fails for good cancels the others
  int failures = 0;        // attempts that failed since one came further than all before
  bool at_rung = false;    // PAUSED by early stopping, and by nobody else
};

// What a trial became, and the attempt that ended with it (may be null). Not owned.
struct TrialUpdate {
  const TrialRecord* record = nullptr;
  const v1::AttemptRecord* ended = nullptr;
};

// What a trial of an experiment with early stopping had to show at a rung.
struct RungResult {
  TrialId trial;
  int rung = 0;  // from 1
  double value = 0;
};

// The last rung that an arm was promoted from.
struct Promotion {
  int64_t experiment = 0;
  int64_t arm = 0;
  int rung = 0;
};

// What is stored of an experiment's early stopping.
struct EarlyStoppingRecord {
  EarlyStopping early_stopping;
  std::vector<RungResult> results;  // by trial and rung
  std::vector<Promotion> promotions;
};

// What early stopping came to know and decided, with the trials that it changed.
struct EarlyStoppingUpdate {
  std::vector<RungResult> results;
  std::vector<Promotion> promotions;
};

// A process that was launched and has not been seen to be gone; with pid 0 one that is about to be
// launched in place of another.
struct WorkerRecord {
  TrialId trial;
  int64_t attempt = 0;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  int index = 0;
  int64_t pid = 0;
  std::string incarnation;  // tells this process from a later one with the same pid
  std::string host;
  std::string address;  // empty until it registered
  std::string log_file;
};

struct StoredRow {
  v1::MetricRow row;
  absl::Time reported_at;
};

// The orchestrator's memory: one SQLite file in WAL mode. Everything a call has answered OK for is
// on the disk (synchronous=FULL) and survives `kill -9` and power loss. Owned by the orchestrator.
// Thread-safe: one connection behind a mutex; calls take microseconds to read and one fsync to
// write. Every call may also answer with the codes of SqliteStatus (a full or read-only disk, a
// damaged file).
class Store {
 public:
  // Opens or creates the file; its folder must exist. It never grows beyond `max_pages` of 4 KiB
  // (or what it has already); 0: SQLite's own limit.
  //   FAILED_PRECONDITION, DATA_LOSS: see schema.h.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& path,
                                                     int64_t max_pages = 0);
  ~Store();

  // Stores the experiment with its trials QUEUED at attempt 1. A known client_request_id changes
  // nothing and answers with the experiment it made.
  absl::StatusOr<Submission> Submit(const NewExperiment& experiment, absl::Time now);
  // The experiment that this request made, if any.
  absl::StatusOr<std::optional<int64_t>> FindRequest(absl::string_view client_request_id);

  // `state` of the experiment and what TrialRecord names are left out. NOT_FOUND says what exists.
  absl::StatusOr<v1::Experiment> GetExperiment(int64_t experiment);
  // Newest first, without configs and ended attempts.
  absl::StatusOr<int64_t> NumExperiments();
  absl::StatusOr<std::vector<v1::Experiment>> ListExperiments(int limit);
  // NOT_FOUND says what exists.
  absl::StatusOr<TrialRecord> GetTrial(const TrialId& id);
  // The task file that the experiment was submitted with.   NOT_FOUND: none of that path.
  absl::StatusOr<v1::UserTask> GetTask(int64_t experiment, absl::string_view path);
  // The number of trials in every state that any is in.
  absl::StatusOr<std::map<v1::TrialState, int64_t>> CountTrials();
  // Trials that have not ended, in order of submission.
  absl::StatusOr<std::vector<TrialRecord>> UnfinishedTrials();

  // Writes state, attempt, reason, times, progress, failures, replaced actors and at_rung, with
  // them the attempt that just `ended` (may be null), and the experiment's end when this was its
  // last unfinished trial; an experiment with a trial that goes on has not ended.
  absl::Status UpdateTrial(const TrialRecord& record, const v1::AttemptRecord* ended);
  // The same for several trials, with what early stopping has to add: all or none.
  absl::Status UpdateTrials(absl::Span<const TrialUpdate> updates,
                            const EarlyStoppingUpdate& early_stopping = {});
  // nullopt: the experiment has none.
  absl::StatusOr<std::optional<EarlyStoppingRecord>> GetEarlyStopping(int64_t experiment);
  absl::Status SaveProgress(absl::Span<const std::pair<TrialId, v1::Progress>> progress);

  // Adds the worker or replaces what is known of it.
  absl::Status PutWorker(const WorkerRecord& worker);
  absl::Status RemoveWorkers(const TrialId& trial, int64_t attempt);
  absl::StatusOr<std::vector<WorkerRecord>> Workers();

  // Stores the rows that are not there yet; answers how many rows the attempt has now.
  //   INVALID_ARGUMENT: a row that leaves a gap, or a metric's name of no or too many bytes.
  absl::StatusOr<int64_t> AppendMetrics(const TrialId& trial, int64_t attempt,
                                        absl::Span<const v1::MetricRow> rows, absl::Time now);
  absl::StatusOr<int64_t> NumMetrics(const TrialId& trial, int64_t attempt);  // rows
  // The attempt whose rows tell what the trial has come to: the newest with rows up to `attempt`,
  // for one that is still to start has none; `attempt` where none has.
  absl::StatusOr<int64_t> AttemptWithMetrics(const TrialId& trial, int64_t attempt);
  // The most rows that an attempt before `attempt` ended with.
  absl::StatusOr<int64_t> MostMetrics(const TrialId& trial, int64_t attempt);
  // Rows from `first_row` on, in order, at most `limit`.
  absl::StatusOr<std::vector<StoredRow>> Metrics(const TrialId& trial, int64_t attempt,
                                                 int64_t first_row, int64_t limit);
  // The same as serialized MetricRows, without their times: for readers who want few of a row's
  // many metrics and would make messages of them all for nothing.
  absl::StatusOr<std::vector<std::string>> EncodedMetrics(const TrialId& trial, int64_t attempt,
                                                          int64_t first_row, int64_t limit);
  // Of the experiment's trials, by index: the mean of evaluate/return_mean over the last 3 rows of
  // the present attempt that have it. A trial with no such row is left out.
  absl::StatusOr<std::map<int64_t, double>> FinalReturns(int64_t experiment);

  // Small facts about the service itself, such as the last port.
  absl::StatusOr<std::optional<std::string>> GetMeta(absl::string_view key);
  absl::Status SetMeta(absl::string_view key, absl::string_view value);

 private:
  Store(std::string path, std::unique_ptr<SQLite::Database> database);

  // Calls `body(database)` under the lock; what SQLite throws becomes its status.
  template <typename Body>
  auto Run(Body body);

  const std::string path_;
  absl::Mutex mu_;
  const std::unique_ptr<SQLite::Database> database_ ABSL_PT_GUARDED_BY(mu_);
};

}  // namespace vagram

#endif  // ORCHESTRATOR_STORE_STORE_H_
