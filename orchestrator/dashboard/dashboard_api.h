#ifndef ORCHESTRATOR_DASHBOARD_DASHBOARD_API_H_
#define ORCHESTRATOR_DASHBOARD_DASHBOARD_API_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/stop.h"
#include "orchestrator/catalog.h"
#include "orchestrator/dashboard/experiment_comparisons.h"
#include "orchestrator/dashboard/experiment_snapshots.h"
#include "orchestrator/dashboard/series_cache.h"
#include "orchestrator/monitoring/service_metrics.h"
#include "orchestrator/scheduler.h"
#include "orchestrator/store/store.h"
#include "orchestrator/store/trial_id.h"
#include "orchestrator/trial_results.h"
#include "orchestrator/video_queue.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// What the dashboard shows, as JSON; docs/dashboard.md lists it. Messages of the proto are written
// as `--json` writes them. Thread-safe. Calls do not wait, but one that asks for many curves for
// the first time reads all their rows.
class DashboardApi {
 public:
  // Not owned; must outlive this.
  struct Deps {
    Store* store = nullptr;
    Scheduler* scheduler = nullptr;
    const TrialResults* results = nullptr;
    const VideoQueue* videos = nullptr;
    const Stop* stop = nullptr;
    const ServiceMetrics* metrics = nullptr;
  };

  // What a chart or a comparison is to show.
  struct Query {
    std::vector<std::string> metrics;
    std::vector<std::string> group;  // swept keys; `seed` is one too
    std::string trials;              // ParseIndices; empty: all
    int64_t max_points = 400;        // per curve
    bool unfinished = false;         // of a comparison: also trials that have not succeeded
  };

  DashboardApi(const Deps& deps, const v1::ServiceInfo& info);

  // The service, its slots, and the workers of what runs.
  absl::StatusOr<std::string> Service();
  // Newest first, each without trials, with their number per state.
  absl::StatusOr<std::string> Experiments(int limit);
  // `count` trials from the first one on; a count of 0: all.
  absl::StatusOr<std::string> Experiment(int64_t experiment, int64_t first, int64_t count);
  // The trial with everything, its configuration as YAML, and its videos.
  absl::StatusOr<std::string> Trial(const TrialId& id);
  // Names of all metrics that trials of the experiment have reported.
  absl::StatusOr<std::string> MetricNames(int64_t experiment);
  // The trial's last row of metrics.
  absl::StatusOr<std::string> LastRow(const TrialId& id);
  // A band per group and metric.   INVALID_ARGUMENT: too many metrics or points.
  absl::StatusOr<std::string> Curves(int64_t experiment, const Query& query);
  // The groups compared (experiment_comparisons.h), by one metric: the evaluations' return where
  // none is named.
  absl::StatusOr<std::string> Comparison(int64_t experiment, const Query& query);
  // The trial's own series, thinned.
  absl::StatusOr<std::string> Series(const TrialId& id, const Query& query);

  // cancel, pause, resume or preempt; answers the experiment or the trial.
  //   NOT_FOUND: no such experiment, trial or action.
  absl::StatusOr<std::string> Steer(absl::string_view action, const ExperimentOrTrial& id);

  // Where the video lies.   NOT_FOUND: there is none of that name.
  absl::StatusOr<std::string> VideoFile(const TrialId& id, absl::string_view name) const;

  const Deps& deps() const { return deps_; }
  const Catalog& catalog() const { return catalog_; }
  ExperimentSnapshots& snapshots() { return snapshots_; }

 private:
  absl::StatusOr<std::vector<v1::Experiment>> RecentExperiments(int limit);

  const Deps deps_;
  const v1::ServiceInfo info_;
  const Catalog catalog_;
  ExperimentSnapshots snapshots_;
  SeriesCache cache_;
  ExperimentComparisons comparisons_;

  absl::Mutex mu_;
  // Shared by all who look at the list.
  std::vector<v1::Experiment> recent_ ABSL_GUARDED_BY(mu_);
  absl::Time recent_until_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
};

}  // namespace vagram

#endif  // ORCHESTRATOR_DASHBOARD_DASHBOARD_API_H_
