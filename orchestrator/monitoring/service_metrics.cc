#include "orchestrator/monitoring/service_metrics.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "core/base/logging.h"
#include "orchestrator/monitoring/metric_family.h"
#include "orchestrator/monitoring/process_families.h"
#include "orchestrator/monitoring/scheduler_families.h"
#include "orchestrator/store/timestamp.h"

namespace vagram {

std::string ServiceMetrics::Text() const {
  std::vector<prometheus::MetricFamily> families;
  const auto add = [&families](std::vector<prometheus::MetricFamily> more) {
    std::move(more.begin(), more.end(), std::back_inserter(families));
  };
  prometheus::MetricFamily build =
      GaugeFamily("vagram_build_info", "Always 1; the version of the service.");
  AddSeries(build, {{"version", info_.version()}}, 1);
  prometheus::MetricFamily videos =
      GaugeFamily("vagram_pending_videos", "Videos that are being made, or wait for it.");
  AddSeries(videos, {}, deps_.videos->Pending());
  add({build, videos});

  const absl::StatusOr<std::map<v1::TrialState, int64_t>> counts = deps_.store->CountTrials();
  LOG_IF_EVERY_N(ERROR, !counts.ok(), 100) << "trials not counted " << counts.status();
  if (counts.ok()) add({TrialStateFamily(*counts)});
  const SchedulerStatistics statistics = deps_.scheduler->Statistics();
  add(TotalFamilies(statistics));
  add(TrialFamilies(statistics));
  add(deps_.calls->Collect());
  add(DiskFamilies(info_.home()));
  add(ProcessFamilies(FromTimestamp(info_.started_at())));

  // A family without series says nothing.
  families.erase(std::remove_if(families.begin(), families.end(),
                                [](const auto& family) { return family.metric.empty(); }),
                 families.end());
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace vagram
