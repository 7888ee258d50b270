#ifndef CORE_METRICS_TRIAL_METRIC_NAMES_H_
#define CORE_METRICS_TRIAL_METRIC_NAMES_H_

#include <string>
#include <vector>

#include "proto/spec.pb.h"

namespace vagram {

// Every metric that a trial of this configuration reports, in the order of its rows;
// docs/metrics.md says what each one means. obs_dim: of its task, distractors included.
std::vector<std::string> TrialMetricNames(const v1::TrialConfig& config, int obs_dim);

// Those among them that tell of critics' targets which look ahead through the model.
std::vector<std::string> ExpansionMetricNames(const v1::TrialConfig& config);

}  // namespace vagram

#endif  // CORE_METRICS_TRIAL_METRIC_NAMES_H_
