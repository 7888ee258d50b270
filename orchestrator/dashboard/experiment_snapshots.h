#ifndef ORCHESTRATOR_DASHBOARD_EXPERIMENT_SNAPSHOTS_H_
#define ORCHESTRATOR_DASHBOARD_EXPERIMENT_SNAPSHOTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "orchestrator/catalog.h"
#include "orchestrator/scheduler.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// An experiment as it was at one moment, and the JSON of it, which takes longer to write than all
// else. Its trials come without configs, workers and ended attempts.
struct ExperimentSnapshot {
  int64_t version = 0;  // Scheduler::Version before it was taken
  absl::Time taken_at;
  absl::Duration effort;  // that it took
  v1::Experiment experiment;
  std::string swept_keys_json;           // {"task":["env.id"],"group":["model.loss"]}
  std::string head_json;                 // the Experiment without its trials
  std::vector<std::string> trials_json;  // one Trial each

  // The JSON of the Experiment with only those trials.
  std::string ToJson(const std::vector<size_t>& trials) const;
};

// The latest snapshots of experiments, shared by all who look at them: however many these are,
// taking snapshots costs at most a tenth of a core per experiment. Thread-safe.
class ExperimentSnapshots {
 public:
  using Snapshot = std::shared_ptr<const ExperimentSnapshot>;

  // Not owned; must outlive this.
  ExperimentSnapshots(const Catalog* catalog, const Scheduler* scheduler)
      : catalog_(catalog), scheduler_(scheduler) {}

  // Not older than the latest change, or not older than the pause that its cost demands; with
  // `now` as it is at this moment.   NOT_FOUND says what exists.
  absl::StatusOr<Snapshot> Get(int64_t experiment, bool now = false);

 private:
  const Catalog* const catalog_;
  const Scheduler* const scheduler_;
  absl::Mutex mu_;
  std::map<int64_t, Snapshot> latest_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vagram

#endif  // ORCHESTRATOR_DASHBOARD_EXPERIMENT_SNAPSHOTS_H_
