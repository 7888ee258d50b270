#ifndef CORE_METRICS_TENSORBOARD_WRITER_H_
#define CORE_METRICS_TENSORBOARD_WRITER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/metrics/metric_row.h"

namespace vagram {

// A trial's metrics as a TensorBoard event file, one scalar per metric and row under the metric's
// name. Values are float32, as in every scalar summary; a NaN is left out. Not thread-safe.
class TensorboardWriter {
 public:
  // Replaces the event files of the folder by one with these rows.
  static absl::StatusOr<std::unique_ptr<TensorboardWriter>> Create(
      const std::string& folder, absl::Span<const MetricRow> rows);

  // After an error the file may end in half a record: create the writer anew.
  absl::Status Append(const MetricRow& row);

 private:
  explicit TensorboardWriter(std::string path) : path_(std::move(path)) {}

  const std::string path_;
};

}  // namespace vagram

#endif  // CORE_METRICS_TENSORBOARD_WRITER_H_
