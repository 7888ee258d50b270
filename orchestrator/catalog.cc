#include "orchestrator/catalog.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "core/base/status_macros.h"
#include "orchestrator/trial_state.h"

namespace vagram {

absl::Status Catalog::Complete(int64_t id, v1::Experiment& experiment) const {
  experiment.set_folder(results_->ExperimentFolder(id));
  ASSIGN_OR_RETURN(const auto final_returns, store_->FinalReturns(id));
  for (v1::Trial& trial : *experiment.mutable_trials()) {
    ASSIGN_OR_RETURN(const TrialId trial_id, ParseTrialId(trial.id()));
    trial.set_max_attempts(trial.attempt());
    if (std::optional<v1::Trial> present = scheduler_->Find(trial_id)) {
      if (trial.has_config()) present->mutable_config()->Swap(trial.mutable_config());
      trial = *std::move(present);
    }
    trial.set_folder(results_->Folder(trial_id));
    const auto value = final_returns.find(trial_id.index);
    if (value != final_returns.end()) trial.set_final_return(value->second);
  }
  experiment.set_state(StateOf(experiment));
  return absl::OkStatus();
}

absl::StatusOr<v1::Experiment> Catalog::GetWhole(int64_t id) const {
  // Asked before the experiment is read: what changes meanwhile is read again next time.
  const int64_t version = scheduler_->Version(id);
  std::shared_ptr<const v1::Experiment> kept;
  {
    absl::MutexLock lock(&mu_);
    const auto found = ended_.find(id);
    if (found != ended_.end() && found->second.version == version) kept = found->second.experiment;
  }
  if (kept != nullptr) return *kept;
  ASSIGN_OR_RETURN(v1::Experiment experiment, store_->GetExperiment(id));
  RETURN_IF_ERROR(Complete(id, experiment));
  const bool stays = HasEnded(experiment.state()) &&
                     std::all_of(experiment.trials().begin(), experiment.trials().end(),
                                 [](const v1::Trial& trial) { return trial.workers().empty(); });
  if (stays) kept = std::make_shared<const v1::Experiment>(experiment);
  absl::MutexLock lock(&mu_);
  ended_.erase(id);
  if (kept == nullptr) return experiment;
  if (ended_.size() == kMostEnded) ended_.erase(ended_.begin());
  ended_[id] = {version, std::move(kept)};
  return experiment;
}

absl::StatusOr<v1::Experiment> Catalog::Get(const ExperimentOrTrial& id) const {
  ASSIGN_OR_RETURN(v1::Experiment experiment, GetWhole(id.experiment));
  if (!id.index.has_value()) return experiment;
  if (*id.index >= experiment.trials_size()) {
    return store_->GetTrial({id.experiment, *id.index}).status();
  }
  v1::Trial trial = std::move(*experiment.mutable_trials(static_cast<int>(*id.index)));
  experiment.clear_trials();
  *experiment.add_trials() = std::move(trial);
  return experiment;
}

absl::StatusOr<std::vector<v1::Experiment>> Catalog::List(int limit) const {
  ASSIGN_OR_RETURN(std::vector<v1::Experiment> experiments, store_->ListExperiments(limit));
  for (v1::Experiment& experiment : experiments) {
    int64_t id = 0;
    if (!absl::SimpleAtoi(experiment.id(), &id)) continue;
    RETURN_IF_ERROR(Complete(id, experiment));
    for (v1::Trial& trial : *experiment.mutable_trials()) {
      trial.clear_config();
      trial.clear_workers();
    }
  }
  return experiments;
}

absl::StatusOr<v1::GetMetricsResponse> Catalog::Metrics(const TrialId& id,
                                                        int64_t first_row) const {
  ASSIGN_OR_RETURN(const TrialRecord record, store_->GetTrial(id));
  v1::GetMetricsResponse response;
  ASSIGN_OR_RETURN(const int64_t attempt, store_->AttemptWithMetrics(id, record.trial.attempt()));
  response.set_attempt(attempt);
  ASSIGN_OR_RETURN(std::vector<StoredRow> rows,
                   store_->Metrics(id, attempt, first_row, kMaxMetricRows));
  for (StoredRow& row : rows) *response.add_rows() = std::move(row.row);
  return response;
}

}  // namespace vagram
