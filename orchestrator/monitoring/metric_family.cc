#include "orchestrator/monitoring/metric_family.h"

#include <cmath>

#include "orchestrator/utf8.h"

namespace vagram {
namespace {

constexpr size_t kMaxLabelBytes = 500;

prometheus::MetricFamily Family(const std::string& name, const std::string& help,
                                prometheus::MetricType type) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

}  // namespace

prometheus::MetricFamily CounterFamily(const std::string& name, const std::string& help) {
  return Family(name, help, prometheus::MetricType::Counter);
}

prometheus::MetricFamily GaugeFamily(const std::string& name, const std::string& help) {
  return Family(name, help, prometheus::MetricType::Gauge);
}

void AddSeries(prometheus::MetricFamily& family, const MetricLabels& labels, double value) {
  if (std::isnan(value)) return;
  prometheus::ClientMetric& series = family.metric.emplace_back();
  for (const prometheus::ClientMetric::Label& label : labels) {
    series.label.push_back({label.name, ClipUtf8(label.value, kMaxLabelBytes)});
  }
  if (family.type == prometheus::MetricType::Counter) {
    series.counter.value = value;
  } else {
    series.gauge.value = value;
  }
}

}  // namespace vagram
