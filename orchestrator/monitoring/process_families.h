#ifndef ORCHESTRATOR_MONITORING_PROCESS_FAMILIES_H_
#define ORCHESTRATOR_MONITORING_PROCESS_FAMILIES_H_

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace vagram {

// This process under the names that Prometheus' own clients use: memory, processor time, open files
// and when it started. What cannot be read is left out.
std::vector<prometheus::MetricFamily> ProcessFamilies(absl::Time started_at);

// Room on the disk of a folder; left out where it cannot be read.
std::vector<prometheus::MetricFamily> DiskFamilies(const std::string& home);

}  // namespace vagram

#endif  // ORCHESTRATOR_MONITORING_PROCESS_FAMILIES_H_
