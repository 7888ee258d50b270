#ifndef LEARNER_EPOCH_METRICS_H_
#define LEARNER_EPOCH_METRICS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "proto/checkpoint.pb.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// The metrics of one epoch, in a fixed order that `names` gives; every row holds every name, NaN
// where nothing was measured, so that tables have the same columns from the first row on.
// Names beginning with `time/` depend on the wall clock; all others are reproducible.
// Not thread-safe.
class EpochMetrics {
 public:
  explicit EpochMetrics(std::vector<std::string> names);

  bool Has(absl::string_view name) const;
  void Set(absl::string_view name, double value);        // `name` must be one of the names
  void Add(absl::string_view name, double value);        // onto what was added in this epoch
  void AddSample(absl::string_view name, double value);  // the epoch's mean of samples is reported

  // The epoch so far, and back. Names that are not among this trial's are left out.
  void Save(google::protobuf::RepeatedPtrField<v1::MetricSum>* sums) const;
  void Restore(const google::protobuf::RepeatedPtrField<v1::MetricSum>& sums);

  // The row, and a new epoch.
  v1::MetricRow Take(int64_t row, int64_t step, int64_t epoch, double wall_seconds);

 private:
  struct Cell {
    std::string name;
    double value;
    int64_t samples = 0;
  };
  Cell& Find(absl::string_view name);
  std::vector<Cell> cells_;
};

// Speed over the last few seconds and the time that is left. Not thread-safe.
class ProgressMeter {
 public:
  explicit ProgressMeter(Clock* clock);

  // Notes where the trial is; cheap enough for every step.
  void Note(int64_t step, int64_t updates);

  double updates_per_second() const;
  // Seconds for the steps that are left, at the recent speed; 0 when nothing is known yet.
  double EtaSeconds(int64_t num_steps) const;
  double WallSeconds() const;  // since construction, and before it what Restore was told

  // Goes on behind another process, which got that far in that time.
  void Restore(double wall_seconds, int64_t step, int64_t updates);

 private:
  struct Mark {
    absl::Time time;
    int64_t step = 0;
    int64_t updates = 0;
  };
  Clock* const clock_;
  const absl::Time start_;
  double seconds_before_ = 0;
  Mark older_, old_, now_;  // speed is measured from `older_`, at least one window back
};

}  // namespace vagram

#endif  // LEARNER_EPOCH_METRICS_H_
