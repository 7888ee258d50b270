#include "orchestrator/dashboard/experiment_snapshots.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "orchestrator/cli/json.h"

namespace vagram {
namespace {

constexpr size_t kMaxSnapshots = 16;
constexpr absl::Duration kShortestPause = absl::Milliseconds(500);
// Some of what is shown changes without a change of version, such as why a trial waits.
constexpr absl::Duration kLongestPause = absl::Seconds(10);
constexpr char kNoTrials[] = "\"trials\":[]";

}  // namespace

std::string ExperimentSnapshot::ToJson(const std::vector<size_t>& trials) const {
  // Within a string of the JSON its quotes would be escaped.
  const size_t place = head_json.find(kNoTrials) + sizeof(kNoTrials) - 2;
  std::string json = head_json.substr(0, place);
  for (size_t i = 0; i < trials.size(); ++i) {
    absl::StrAppend(&json, i == 0 ? "" : ",", trials_json[trials[i]]);
  }
  return absl::StrCat(json, head_json.substr(place));
}

absl::StatusOr<ExperimentSnapshots::Snapshot> ExperimentSnapshots::Get(int64_t experiment,
                                                                       bool now) {
  absl::MutexLock lock(&mu_);
  const int64_t version = scheduler_->Version(experiment);
  const absl::Time begin = absl::Now();
  const auto found = latest_.find(experiment);
  const ExperimentSnapshot* const last = found == latest_.end() ? nullptr : found->second.get();
  if (last != nullptr && !now) {
    const absl::Duration pause =
        last->version == version ? kLongestPause : std::max(kShortestPause, 10 * last->effort);
    if (begin < last->taken_at + pause) return found->second;
  }
  auto next = std::make_shared<ExperimentSnapshot>();
  next->version = version;
  next->taken_at = begin;
  ASSIGN_OR_RETURN(next->experiment, catalog_->Get({experiment, std::nullopt}));
  for (v1::Trial& trial : *next->experiment.mutable_trials()) {
    trial.clear_config();
    trial.clear_workers();
    trial.clear_attempts();
    const size_t index = next->trials_json.size();
    const bool unchanged = last != nullptr && index < last->trials_json.size() &&
                           last->experiment.trials(static_cast<int>(index)).SerializeAsString() ==
                               trial.SerializeAsString();
    next->trials_json.push_back(unchanged ? last->trials_json[index]
                                          : cli::ToJson(trial, cli::JsonStyle::kOneLine));
  }
  google::protobuf::RepeatedPtrField<v1::Trial> trials;
  trials.Swap(next->experiment.mutable_trials());
  next->head_json = cli::ToJson(next->experiment, cli::JsonStyle::kOneLine);
  trials.Swap(next->experiment.mutable_trials());
  next->effort = absl::Now() - begin;

  if (last == nullptr && latest_.size() >= kMaxSnapshots) {
    latest_.erase(std::min_element(
        latest_.begin(), latest_.end(),
        [](const auto& a, const auto& b) { return a.second->taken_at < b.second->taken_at; }));
  }
  return latest_[experiment] = std::move(next);
}

}  // namespace vagram
