#ifndef ORCHESTRATOR_ANALYSIS_METRICS_EXPORT_H_
#define ORCHESTRATOR_ANALYSIS_METRICS_EXPORT_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "orchestrator/analysis/recorded_trial.h"

namespace vagram::analysis {

struct ExportedFile {
  std::string name;  // within a folder
  std::string content;
};

// metrics.csv, one line per trial, row and metric: experiment, trial, seed, the swept keys, step,
// epoch, metric, value. What a row did not measure (NaN) has no line. RFC 4180.
std::vector<ExportedFile> MetricsAsCsv(absl::Span<const RecordedTrial> trials);

// metrics.jsonl, the same as one JSON object per line, with the swept keys in `overrides`. A value
// that JSON has no number for is the text "inf" or "-inf".
std::vector<ExportedFile> MetricsAsJsonLines(absl::Span<const RecordedTrial> trials);

// One NumPy file per metric, float64 [trials, rows], and likewise step.npy and epoch.npy; NaN is
// what was not measured and fills up trials with fewer rows. labels.json says which trial is which
// and which file holds which metric, whose name has dots there in place of slashes.
std::vector<ExportedFile> MetricsAsNpy(absl::Span<const RecordedTrial> trials);

}  // namespace vagram::analysis

#endif  // ORCHESTRATOR_ANALYSIS_METRICS_EXPORT_H_
