#ifndef ORCHESTRATOR_ANALYSIS_RECORDED_TRIAL_H_
#define ORCHESTRATOR_ANALYSIS_RECORDED_TRIAL_H_

#include <string>
#include <vector>

#include "proto/orchestrator.pb.h"

namespace vagram::analysis {

// A trial and all that it reported.
struct RecordedTrial {
  std::string experiment;  // id
  std::string experiment_name;
  bool tuning = false;  // its seed is one to choose by, not to report
  v1::Trial trial;
  std::vector<v1::MetricRow> rows;  // in order
};

}  // namespace vagram::analysis

#endif  // ORCHESTRATOR_ANALYSIS_RECORDED_TRIAL_H_
