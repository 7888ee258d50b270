#ifndef ORCHESTRATOR_CATALOG_H_
#define ORCHESTRATOR_CATALOG_H_

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "orchestrator/scheduler.h"
#include "orchestrator/store/store.h"
#include "orchestrator/store/trial_id.h"
#include "orchestrator/trial_results.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// Experiments as users see them: what is stored, with the present state of what runs laid over it.
// Thread-safe.
class Catalog {
 public:
  // Not owned; must outlive the catalog.
  Catalog(Store* store, const Scheduler* scheduler, const TrialResults* results)
      : store_(store), scheduler_(scheduler), results_(results) {}

  // The experiment, or only the named trial of it. NOT_FOUND says what exists.
  absl::StatusOr<v1::Experiment> Get(const ExperimentOrTrial& id) const;

  // Newest first, without configs and workers.
  absl::StatusOr<std::vector<v1::Experiment>> List(int limit) const;

  // The latest attempt's rows from `first_row` on, at most kMaxMetricRows.
  absl::StatusOr<v1::GetMetricsResponse> Metrics(const TrialId& id, int64_t first_row) const;
  static constexpr int64_t kMaxMetricRows = 10000;

 private:
  // Experiments that have ended and left no process, as they stay until somebody resumes them:
  // thousands of trials take longer to read than to copy.
  struct Ended {
    int64_t version = 0;  // of the scheduler
    std::shared_ptr<const v1::Experiment> experiment;
  };
  static constexpr size_t kMostEnded = 4;

  absl::Status Complete(int64_t id, v1::Experiment& experiment) const;
  absl::StatusOr<v1::Experiment> GetWhole(int64_t id) const;

  Store* const store_;
  const Scheduler* const scheduler_;
  const TrialResults* const results_;
  mutable absl::Mutex mu_;
  mutable std::map<int64_t, Ended> ended_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vagram

#endif  // ORCHESTRATOR_CATALOG_H_
