#include "orchestrator/dashboard/experiment_comparisons.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "orchestrator/analysis/comparison.h"
#include "orchestrator/analysis/grouping.h"
#include "orchestrator/cli/comparison_text.h"
#include "orchestrator/dashboard/trial_groups.h"
#include "orchestrator/store/trial_id.h"

namespace vagram {
namespace {

constexpr size_t kMaxComparisons = 32;
constexpr absl::Duration kShortestPause = absl::Seconds(2);
// A bootstrap draws as many values in all; 10,000 resamples are what `vagram compare` takes.
constexpr int kMostDraws = 1'000'000;
constexpr int kMostResamples = 10'000;

std::vector<v1::MetricRow> RowsOf(const std::string& metric, const MetricSeries& series) {
  std::vector<v1::MetricRow> rows(series.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].set_step(series.steps[i]);
    v1::Metric& value = *rows[i].add_metrics();
    value.set_name(metric);
    value.set_value(series.values[i]);
  }
  return rows;
}

}  // namespace

absl::StatusOr<std::string> ExperimentComparisons::Get(int64_t experiment, const Query& query) {
  const std::string asked =
      absl::StrCat(experiment, "\n", query.unfinished ? "all" : "", "\n", query.trials, "\n",
                   query.metric, "\n", absl::StrJoin(query.by, "\n"));
  absl::MutexLock lock(&mu_);
  const int64_t version = scheduler_->Version(experiment);
  const absl::Time begin = absl::Now();
  const auto found = latest_.find(asked);
  if (found != latest_.end()) {
    const Entry& entry = found->second;
    const bool is_fresh = begin < entry.made_at + std::max(kShortestPause, 10 * entry.effort);
    if (entry.version == version || is_fresh) return entry.json;
  } else if (latest_.size() >= kMaxComparisons) {
    latest_.erase(std::min_element(
        latest_.begin(), latest_.end(),
        [](const auto& a, const auto& b) { return a.second.made_at < b.second.made_at; }));
  }
  absl::StatusOr<std::string> json = Make(experiment, query);
  latest_[asked] = {version, begin, absl::Now() - begin, json};
  return json;
}

absl::StatusOr<std::string> ExperimentComparisons::Make(int64_t experiment,
                                                        const Query& query) const {
  ASSIGN_OR_RETURN(v1::Experiment compared, catalog_->Get({experiment, std::nullopt}));
  ASSIGN_OR_RETURN(const std::vector<int64_t> indices,
                   ParseIndices(query.trials, compared.trials_size() - 1));
  const std::set<int64_t> chosen(indices.begin(), indices.end());
  std::vector<analysis::RecordedTrial> trials;
  for (v1::Trial& trial : *compared.mutable_trials()) {
    ASSIGN_OR_RETURN(const TrialId id, ParseTrialId(trial.id()));
    if (!chosen.empty() && chosen.count(id.index) == 0) continue;
    ASSIGN_OR_RETURN(const std::vector<SeriesCache::Series> series,
                     series_->Get(id, trial.attempt(), {query.metric}));
    analysis::RecordedTrial& recorded = trials.emplace_back();
    recorded.experiment = compared.id();
    recorded.experiment_name = compared.name();
    recorded.rows = RowsOf(query.metric, *series[0]);
    recorded.trial = std::move(trial);
  }
  analysis::GroupingOptions grouping;
  grouping.by = query.by;
  grouping.metric = query.metric;
  grouping.unfinished = query.unfinished;
  ASSIGN_OR_RETURN(const analysis::GroupedTrials grouped, analysis::GroupTrials(trials, grouping));
  analysis::ComparisonOptions options;
  options.resamples =
      std::min(kMostResamples, kMostDraws / std::max(1, static_cast<int>(trials.size())));
  return cli::ComparisonJson(grouped, analysis::Compare(grouped, options), options);
}

}  // namespace vagram
