#ifndef ORCHESTRATOR_DASHBOARD_METRIC_SERIES_H_
#define ORCHESTRATOR_DASHBOARD_METRIC_SERIES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace vagram {

// What one metric of one attempt was, at which steps: only finite values, in the order of the rows.
struct MetricSeries {
  size_t size() const { return steps.size(); }

  std::vector<int64_t> steps;
  std::vector<double> values;
};

// Appends what the serialized MetricRow `row` says of each of `names` to the series at the same
// place; a value that is not finite, or not there, is left out. Reads only what it needs: a tenth
// of the time that making a message takes. False: the row is damaged.
bool AppendRow(absl::string_view row, absl::Span<const std::string> names,
               absl::Span<MetricSeries> series);

// At most `max_points` of the points, chosen so that the line through them looks the same: of each
// stretch its lowest and its highest, and the first and the last of all. Answers `series` itself
// when it is short enough.   max_points: at least 4.
MetricSeries Thinned(const MetricSeries& series, size_t max_points);

}  // namespace vagram

#endif  // ORCHESTRATOR_DASHBOARD_METRIC_SERIES_H_
