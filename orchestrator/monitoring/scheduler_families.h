#ifndef ORCHESTRATOR_MONITORING_SCHEDULER_FAMILIES_H_
#define ORCHESTRATOR_MONITORING_SCHEDULER_FAMILIES_H_

#include <prometheus/metric_family.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "orchestrator/scheduler_statistics.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// Trials beyond so many have no series of their own, so that a scrape stays small; how many were
// left out is a series too.
inline constexpr size_t kMaxTrialSeries = 500;

// Slots, attempts, steps and the workers' time: of all trials together.
std::vector<prometheus::MetricFamily> TotalFamilies(const SchedulerStatistics& statistics);

// Every state, also those that no trial is in.
prometheus::MetricFamily TrialStateFamily(const std::map<v1::TrialState, int64_t>& counts);

// Each of the active trials, oldest first, labelled with its experiment, its id and its model loss.
std::vector<prometheus::MetricFamily> TrialFamilies(const SchedulerStatistics& statistics);

}  // namespace vagram

#endif  // ORCHESTRATOR_MONITORING_SCHEDULER_FAMILIES_H_
