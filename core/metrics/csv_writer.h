#ifndef CORE_METRICS_CSV_WRITER_H_
#define CORE_METRICS_CSV_WRITER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/metrics/metric_row.h"

namespace vagram {

// A trial's metrics as CSV: epoch, step, wall_seconds, then one column per metric in the order in
// which the names appeared first. Numbers are the shortest that read back to the same double; a
// missing value or NaN is an empty field. A new name replaces the whole file atomically, with the
// column added. Not thread-safe.
class CsvWriter {
 public:
  // Replaces the file by these rows.
  static absl::StatusOr<std::unique_ptr<CsvWriter>> Create(const std::string& path,
                                                           absl::Span<const MetricRow> rows);

  // After an error the file may lack the row: create the writer anew.
  absl::Status Append(const MetricRow& row);

 private:
  explicit CsvWriter(std::string path) : path_(std::move(path)) {}

  // True when the row brought a column.
  bool AddColumns(const MetricRow& row);
  std::string Header() const;
  std::string Line(const MetricRow& row) const;
  absl::Status Rewrite() const;

  const std::string path_;
  std::vector<std::string> columns_;
  std::vector<MetricRow> rows_;
};

}  // namespace vagram

#endif  // CORE_METRICS_CSV_WRITER_H_
