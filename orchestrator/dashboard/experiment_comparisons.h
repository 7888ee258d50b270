#ifndef ORCHESTRATOR_DASHBOARD_EXPERIMENT_COMPARISONS_H_
#define ORCHESTRATOR_DASHBOARD_EXPERIMENT_COMPARISONS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "orchestrator/catalog.h"
#include "orchestrator/dashboard/series_cache.h"
#include "orchestrator/scheduler.h"

namespace vagram {

// The groups of an experiment's trials compared as `vagram compare` does, shared by all who look at
// them: however many these are, a comparison costs at most a tenth of a core. Thread-safe; callers
// wait for one another.
class ExperimentComparisons {
 public:
  struct Query {
    std::vector<std::string> by;  // keys; empty: all that were swept
    std::string metric;
    std::string trials;       // ParseIndices; empty: all
    bool unfinished = false;  // also trials that have not succeeded, as far as they came
  };

  // Not owned; must outlive this.
  ExperimentComparisons(const Catalog* catalog, const Scheduler* scheduler, SeriesCache* series)
      : catalog_(catalog), scheduler_(scheduler), series_(series) {}

  // The JSON of `vagram compare --json`, which docs/statistics.md explains, not older than the
  // latest change or than the pause that its cost demands. Up to 100 trials have the same intervals
  // there and here; beyond, these are drawn from fewer resamples.
  //   NOT_FOUND: no such experiment.   INVALID_ARGUMENT: no such key or trials.
  //   FAILED_PRECONDITION: no trial counts yet.
  absl::StatusOr<std::string> Get(int64_t experiment, const Query& query);

 private:
  struct Entry {
    int64_t version = 0;  // Scheduler::Version before it was made
    absl::Time made_at;
    absl::Duration effort;  // that it took
    absl::StatusOr<std::string> json;
  };

  absl::StatusOr<std::string> Make(int64_t experiment, const Query& query) const;

  const Catalog* const catalog_;
  const Scheduler* const scheduler_;
  SeriesCache* const series_;
  absl::Mutex mu_;
  std::map<std::string, Entry> latest_ ABSL_GUARDED_BY(mu_);  // by what was asked
};

}  // namespace vagram

#endif  // ORCHESTRATOR_DASHBOARD_EXPERIMENT_COMPARISONS_H_
