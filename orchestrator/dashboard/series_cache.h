#ifndef ORCHESTRATOR_DASHBOARD_SERIES_CACHE_H_
#define ORCHESTRATOR_DASHBOARD_SERIES_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "core/base/stop.h"
#include "orchestrator/dashboard/metric_series.h"
#include "orchestrator/store/store.h"
#include "orchestrator/store/trial_id.h"

namespace vagram {

// Series of metrics, read from the store row by row as these come in, and kept so that no row is
// read twice for a curve. A series of more than 2 * kMaxSeriesPoints is thinned to half of that;
// all of them together weigh at most `max_points`, beyond which those that nobody has asked for the
// longest are forgotten. Thread-safe; callers wait for one another.
class SeriesCache {
 public:
  using Series = std::shared_ptr<const MetricSeries>;

  static constexpr size_t kMaxSeriesPoints = 10000;
  static constexpr size_t kDefaultMaxPoints = 4 << 20;  // 64 MiB

  // Not owned; must outlive the cache.
  SeriesCache(Store* store, const Stop* stop, size_t max_points = kDefaultMaxPoints)
      : store_(store), stop_(stop), max_points_(max_points) {}

  // The metrics `names` of the newest of the trial's attempts that has any, up to the present one,
  // in that order, as far as the store has them now.
  //   UNAVAILABLE: the service stops.
  absl::StatusOr<std::vector<Series>> Get(const TrialId& trial, int64_t present,
                                          absl::Span<const std::string> names);

  size_t size() const;  // series
  size_t points() const;

 private:
  using Key = std::pair<TrialId, std::string>;
  struct Entry {
    int64_t attempt = 0;
    int64_t next_row = 0;
    Series series = std::make_shared<MetricSeries>();
    std::list<Key>::iterator used;
  };

  Entry& Touch(const Key& key, int64_t attempt) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Brings entries that have been read up to the same row up to date.
  absl::Status Read(const TrialId& trial, int64_t attempt, absl::Span<const std::string> names,
                    absl::Span<Entry* const> entries) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Store* const store_;
  const Stop* const stop_;
  const size_t max_points_;
  mutable absl::Mutex mu_;
  std::map<Key, Entry> entries_ ABSL_GUARDED_BY(mu_);
  std::list<Key> used_ ABSL_GUARDED_BY(mu_);  // the latest first
  size_t points_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_DASHBOARD_SERIES_CACHE_H_
