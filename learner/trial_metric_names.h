#ifndef LEARNER_TRIAL_METRIC_NAMES_H_
#define LEARNER_TRIAL_METRIC_NAMES_H_

#include <string>
#include <vector>

#include "core/env/task.h"
#include "proto/spec.pb.h"

namespace vagram {

// Every metric that a trial of this configuration reports, in the order of its rows;
// docs/metrics.md says what each one means.
std::vector<std::string> TrialMetricNames(const v1::TrialConfig& config, const Task& task);

}  // namespace vagram

#endif  // LEARNER_TRIAL_METRIC_NAMES_H_
