#ifndef ORCHESTRATOR_MONITORING_METRIC_FAMILY_H_
#define ORCHESTRATOR_MONITORING_METRIC_FAMILY_H_

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace vagram {

using MetricLabels = std::vector<prometheus::ClientMetric::Label>;

// Families without series yet. `help` is one line without backslashes.
prometheus::MetricFamily CounterFamily(const std::string& name, const std::string& help);
prometheus::MetricFamily GaugeFamily(const std::string& name, const std::string& help);

// Adds a series to a family of one of these types. What is not known is told by leaving it out: a
// NaN adds nothing. Labels may hold any bytes; those that are not UTF-8 become '?'.
void AddSeries(prometheus::MetricFamily& family, const MetricLabels& labels, double value);

}  // namespace vagram

#endif  // ORCHESTRATOR_MONITORING_METRIC_FAMILY_H_
