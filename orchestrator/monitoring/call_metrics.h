#ifndef ORCHESTRATOR_MONITORING_CALL_METRICS_H_
#define ORCHESTRATOR_MONITORING_CALL_METRICS_H_

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/rpc/call_observer.h"

namespace vagram {

// Counts answered calls by method and code, and times those that are not streams. Only methods of
// the Experiments and Workers services have series of their own. Thread-safe; takes a microsecond
// or so per call.
class CallMetrics : public CallObserver {
 public:
  CallMetrics();

  void OnAnswer(absl::string_view method, bool unary, absl::StatusCode code,
                absl::Duration duration) override;

  std::vector<prometheus::MetricFamily> Collect() const { return registry_.Collect(); }

 private:
  struct Method {
    prometheus::Labels labels;
    prometheus::Histogram* seconds = nullptr;  // null: a stream
  };

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& answers_;
  absl::flat_hash_map<std::string, Method> methods_;  // by path; never changes
};

}  // namespace vagram

#endif  // ORCHESTRATOR_MONITORING_CALL_METRICS_H_
