#include "orchestrator/trial_results.h"

#include <cerrno>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/metrics/atomic_file.h"
#include "core/metrics/metric_row.h"
#include "core/wire/policy_file.h"
#include "orchestrator/spec/experiment.h"

namespace vagram {
namespace {

MetricRow ToMetricRow(const StoredRow& stored) {
  MetricRow row;
  row.epoch = stored.row.epoch();
  row.step = stored.row.step();
  row.wall_seconds = stored.row.wall_seconds();
  row.reported_at = absl::ToDoubleSeconds(stored.reported_at - absl::UnixEpoch());
  for (const v1::Metric& metric : stored.row.metrics()) {
    row.metrics.emplace_back(metric.name(), metric.value());
  }
  return row;
}

absl::Status CreateFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return absl::OkStatus();
  const std::string message =
      absl::StrCat("cannot create the folder ", path, ": ", error.message());
  const bool is_full = error.value() == ENOSPC || error.value() == EDQUOT;
  return is_full ? absl::ResourceExhaustedError(message) : absl::FailedPreconditionError(message);
}

}  // namespace

std::string TrialResults::ExperimentFolder(int64_t experiment) const {
  return absl::StrCat(home_, "/experiments/", experiment);
}

std::string TrialResults::Folder(const TrialId& trial) const {
  return absl::StrCat(ExperimentFolder(trial.experiment), "/", trial.index);
}

std::string TrialResults::LogFolder(const TrialId& trial) const {
  return absl::StrCat(Folder(trial), "/logs");
}

std::string TrialResults::LogFile(const TrialId& trial, absl::string_view worker) const {
  return absl::StrCat(LogFolder(trial), "/", worker, ".log");
}

absl::Status TrialResults::Begin(const TrialId& trial, int64_t attempt,
                                 const v1::TrialConfig& config) {
  RETURN_IF_ERROR(CreateFolder(LogFolder(trial)));
  RETURN_IF_ERROR(
      WriteFileAtomically(absl::StrCat(Folder(trial), "/config.yaml"), TrialConfigToYaml(config)));
  End(trial);
  Update(trial, attempt);
  return absl::OkStatus();
}

void TrialResults::Update(const TrialId& trial, int64_t attempt) {
  absl::MutexLock lock(&mu_);
  Files& files = files_[trial];
  if (files.attempt > attempt) return;  // a late row of an attempt that is over
  const absl::Status status = WriteRows(trial, attempt, files);
  if (status.ok()) {
    files.failed = false;
    return;
  }
  LOG_IF(ERROR, !files.failed) << "metric files not written trial=" << trial.ToString()
                               << " (nothing is lost: the database has the rows) " << status;
  files.failed = true;
  files.csv.reset();
  files.tensorboard.reset();
}

absl::Status TrialResults::WriteRows(const TrialId& trial, int64_t attempt, Files& files) {
  const bool anew = files.csv == nullptr || files.attempt != attempt;
  files.attempt = attempt;
  if (anew) files.next_row = 0;
  ASSIGN_OR_RETURN(
      const std::vector<StoredRow> stored,
      store_->Metrics(trial, attempt, files.next_row, std::numeric_limits<int64_t>::max()));
  std::vector<MetricRow> rows;
  for (const StoredRow& row : stored) {
    rows.push_back(ToMetricRow(row));
    files.next_row = row.row.row() + 1;
  }
  if (anew) {
    ASSIGN_OR_RETURN(files.csv,
                     CsvWriter::Create(absl::StrCat(Folder(trial), "/metrics.csv"), rows));
    ASSIGN_OR_RETURN(files.tensorboard, TensorboardWriter::Create(Folder(trial), rows));
    return absl::OkStatus();
  }
  for (const MetricRow& row : rows) {
    RETURN_IF_ERROR(files.csv->Append(row));
    RETURN_IF_ERROR(files.tensorboard->Append(row));
  }
  return absl::OkStatus();
}

absl::StatusOr<TrialResults::PolicyPaths> TrialResults::StorePolicy(const TrialId& trial,
                                                                    const v1::PolicyFile& policy,
                                                                    bool last) const {
  if (policy.epoch() < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("a policy of epoch ", policy.epoch(), ", expected 0 or more"));
  }
  const std::string name = last ? "final" : absl::StrCat("epoch_", policy.epoch());
  const std::string folder = absl::StrCat(Folder(trial), "/policies");
  RETURN_IF_ERROR(CreateFolder(folder));
  const PolicyPaths paths = {absl::StrCat(folder, "/", name, ".policy"),
                             absl::StrCat(Folder(trial), "/videos/", name, ".mp4")};
  RETURN_IF_ERROR(WritePolicyFile(paths.policy, policy));
  return paths;
}

void TrialResults::End(const TrialId& trial) {
  absl::MutexLock lock(&mu_);
  files_.erase(trial);
}

}  // namespace vagram
