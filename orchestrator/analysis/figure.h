#ifndef ORCHESTRATOR_ANALYSIS_FIGURE_H_
#define ORCHESTRATOR_ANALYSIS_FIGURE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/metrics/learning_curve.h"
#include "core/metrics/statistics.h"
#include "orchestrator/analysis/grouping.h"

namespace vagram::analysis {

// What stands for a group's seeds. The interquartile mean has an interval from
// kMinSeedsOfBootstrapInterval seeds on; below that the mean is drawn.
enum class Center { kMean, kInterquartileMean };

// One group in one panel.
struct FigureSeries {
  std::string label;
  int num_seeds = 0;
  std::vector<int64_t> steps;
  std::vector<double> center;        // at each step
  std::vector<Interval> band;        // of 95 %, at each step; empty: too few seeds
  std::vector<LearningCurve> seeds;  // up to the panel's end
  double final_center = 0;           // at the last step
  std::optional<Interval> final_interval;
  std::vector<double> final_seeds;
};

// One stratum: learning curves beside the values at their end.
struct FigureRow {
  std::string label;
  std::vector<FigureSeries> series;  // one per group; without seeds it has no steps
};

struct Figure {
  std::string metric;
  Center center = Center::kMean;  // the same all over, so that panels can be compared
  std::vector<FigureRow> rows;
};

// `seed`: of the bootstrap.
Figure MakeFigure(const GroupedTrials& trials, uint64_t seed);

}  // namespace vagram::analysis

#endif  // ORCHESTRATOR_ANALYSIS_FIGURE_H_
