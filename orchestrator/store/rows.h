#ifndef ORCHESTRATOR_STORE_ROWS_H_
#define ORCHESTRATOR_STORE_ROWS_H_

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "google/protobuf/message_lite.h"
#include "google/protobuf/timestamp.pb.h"
#include "orchestrator/store/store.h"
#include "orchestrator/store/trial_id.h"
#include "proto/orchestrator.pb.h"

// How the store's records become rows and back. All of these may throw SQLite::Exception.
namespace vagram {

inline constexpr char kUnfinishedStates[] = "1, 2, 3, 7, 8";
static_assert(v1::QUEUED == 1 && v1::STARTING == 2 && v1::RUNNING == 3 && v1::PAUSED == 7 &&
              v1::STALLED == 8);

void BindMessage(SQLite::Statement& statement, int parameter,
                 const google::protobuf::MessageLite& message);

// To be followed by a WHERE or ORDER clause; one result row is read by the function of that name.
extern const char kSelectExperiment[];
v1::Experiment ReadExperiment(SQLite::Statement& row);
std::string SelectTrial(bool with_config);
TrialRecord ReadTrial(SQLite::Statement& row);
extern const char kSelectWorker[];
WorkerRecord ReadWorker(SQLite::Statement& row);
std::optional<EarlyStoppingRecord> ReadEarlyStopping(SQLite::Database& database,
                                                     int64_t experiment);

// Adds overrides and ended attempts to trials of one experiment; trials[i] has the index first + i.
void ReadDetails(SQLite::Database& database, int64_t experiment, int64_t first,
                 absl::Span<v1::Trial* const> trials);

void InsertTrial(SQLite::Database& database, const TrialId& id, const NewTrial& trial);
void WriteTrial(SQLite::Database& database, const TrialRecord& record);
void WriteAttempt(SQLite::Database& database, const TrialId& id, const v1::AttemptRecord& attempt);
void WriteEarlyStopping(SQLite::Database& database, int64_t experiment,
                        const EarlyStopping& early_stopping);
void WriteRungResult(SQLite::Database& database, const RungResult& result);
void WritePromotion(SQLite::Database& database, const Promotion& promotion);
void WriteWorker(SQLite::Database& database, const WorkerRecord& worker);

// Rows of one attempt.
int64_t CountMetrics(SQLite::Database& database, const TrialId& trial, int64_t attempt);
void InsertMetrics(SQLite::Database& database, const TrialId& trial, int64_t attempt,
                   const v1::MetricRow& row, absl::Time reported_at);

// Sets the experiment's end when no trial of it is unfinished any more.
void EndExperimentWithLastTrial(SQLite::Database& database, int64_t experiment,
                                const google::protobuf::Timestamp& ended_at);
// The experiment has not ended, whatever was said before.
void ReopenExperiment(SQLite::Database& database, int64_t experiment);

}  // namespace vagram

#endif  // ORCHESTRATOR_STORE_ROWS_H_
