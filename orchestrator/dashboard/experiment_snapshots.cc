#include "orchestrator/dashboard/experiment_snapshots.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "orchestrator/cli/json.h"
#include "orchestrator/dashboard/json_text.h"
#include "orchestrator/dashboard/trial_groups.h"

namespace vagram {
namespace {

constexpr size_t kMaxSnapshots = 16;
constexpr absl::Duration kShortestPause = absl::Milliseconds(500);
// Some of what is shown changes without a change of version, such as why a trial waits.
constexpr absl::Duration kLongestPause = absl::Seconds(10);
constexpr char kNoTrials[] = "\"trials\":[]";
constexpr char kTrials[] = "\"trials\":[";

// The JSON of each trial. Message by message it would cost several times as much, for the library
// finds out about the types anew in every call.
std::vector<std::string> TrialsJson(const v1::Experiment& trials_only) {
  const std::string json = cli::ToJson(trials_only, cli::JsonStyle::kOneLine);
  std::vector<std::string> trials;
  int depth = 0;
  bool in_string = false;
  size_t begin = 0;
  for (size_t i = json.find(kTrials) + sizeof(kTrials) - 1; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && c == '\\') {
      ++i;  // what it escapes
    } else if (c == '"') {
      in_string = !in_string;
    } else if (in_string) {
      continue;
    } else if (c == '{') {
      if (depth == 0) begin = i;
      ++depth;
    } else if (c == '}') {
      --depth;
      if (depth == 0) trials.push_back(json.substr(begin, i + 1 - begin));
    } else if (c == ']' && depth == 0) {
      break;
    }
  }
  return trials;
}

std::string KeysJson(const v1::Experiment& experiment) {
  const SweptKeys keys = SweptKeysOf(experiment);
  return absl::StrCat("{\"task\":", JsonArray(keys.task), ",\"group\":", JsonArray(keys.group),
                      "}");
}

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
  next->trials_json.resize(static_cast<size_t>(next->experiment.trials_size()));
  v1::Experiment changed;
  std::vector<size_t> places;
  for (size_t place = 0; place < next->trials_json.size(); ++place) {
    v1::Trial& trial = *next->experiment.mutable_trials(static_cast<int>(place));
    trial.clear_config();
    trial.clear_workers();
    trial.clear_attempts();
    const bool unchanged = last != nullptr && place < last->trials_json.size() &&
                           last->experiment.trials(static_cast<int>(place)).SerializeAsString() ==
                               trial.SerializeAsString();
    if (unchanged) {
      next->trials_json[place] = last->trials_json[place];
    } else {
      *changed.add_trials() = trial;
      places.push_back(place);
    }
  }
  std::vector<std::string> changed_json = TrialsJson(changed);
  for (size_t i = 0; i < places.size(); ++i) {
    next->trials_json[places[i]] = std::move(changed_json[i]);
  }
  google::protobuf::RepeatedPtrField<v1::Trial> trials;
  trials.Swap(next->experiment.mutable_trials());
  next->head_json = cli::ToJson(next->experiment, cli::JsonStyle::kOneLine);
  trials.Swap(next->experiment.mutable_trials());
  // What a trial is does not change.
  next->swept_keys_json = last != nullptr ? last->swept_keys_json : KeysJson(next->experiment);
  next->effort = absl::Now() - begin;

  if (last == nullptr && latest_.size() >= kMaxSnapshots) {
    latest_.erase(std::min_element(
        latest_.begin(), latest_.end(),
        [](const auto& a, const auto& b) { return a.second->taken_at < b.second->taken_at; }));
  }
  return latest_[experiment] = std::move(next);
}

}  // namespace vagram
