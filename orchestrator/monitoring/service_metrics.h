#ifndef ORCHESTRATOR_MONITORING_SERVICE_METRICS_H_
#define ORCHESTRATOR_MONITORING_SERVICE_METRICS_H_

#include <string>

#include "orchestrator/monitoring/call_metrics.h"
#include "orchestrator/scheduler.h"
#include "orchestrator/store/store.h"
#include "orchestrator/video_queue.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// The state of the service for Prometheus; docs/monitoring.md lists the metrics. Counters begin at
// 0 with the service and never become less. Thread-safe; a call takes the scheduler's lock once and
// reads the store once.
class ServiceMetrics {
 public:
  // Not owned; must outlive this.
  struct Deps {
    Store* store = nullptr;
    const Scheduler* scheduler = nullptr;
    const VideoQueue* videos = nullptr;
    const CallMetrics* calls = nullptr;
  };

  ServiceMetrics(const Deps& deps, const v1::ServiceInfo& info) : deps_(deps), info_(info) {}

  static constexpr char kContentType[] = "text/plain; version=0.0.4; charset=utf-8";

  // All metrics in the text exposition format. What the store cannot tell is left out: a service
  // with a damaged disk is to be watched all the more.
  std::string Text() const;

 private:
  const Deps deps_;
  const v1::ServiceInfo info_;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_MONITORING_SERVICE_METRICS_H_
