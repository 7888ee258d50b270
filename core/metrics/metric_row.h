#ifndef CORE_METRICS_METRIC_ROW_H_
#define CORE_METRICS_METRIC_ROW_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace vagram {

// One line of a trial's results: the metrics of one epoch.
struct MetricRow {
  int64_t epoch = 0;
  int64_t step = 0;                                     // environment steps
  double wall_seconds = 0;                              // since the attempt began
  double reported_at = 0;                               // seconds since 1970
  std::vector<std::pair<std::string, double>> metrics;  // name and value; a NaN is a missing value
};

}  // namespace vagram

#endif  // CORE_METRICS_METRIC_ROW_H_
