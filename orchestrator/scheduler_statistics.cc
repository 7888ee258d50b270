#include "orchestrator/scheduler_statistics.h"

#include "orchestrator/scheduler.h"

namespace vagram {

TimeUseSeconds& TimeUseSeconds::operator+=(const TimeUseSeconds& other) {
  working += other.working;
  starved += other.starved;
  blocked += other.blocked;
  return *this;
}

TimeUseSeconds SecondsOf(const v1::TimeUse& time_use) {
  return {time_use.working(), time_use.starved(), time_use.blocked()};
}

SchedulerStatistics Scheduler::Statistics() const {
  absl::MutexLock lock(&mu_);
  SchedulerStatistics statistics;
  statistics.slots = options_.slots;
  statistics.used_slots = static_cast<int>(used_.slots);
  statistics.totals = totals_;
  for (const auto& [id, live] : live_) {
    if (!live.HasPresentGang() || !IsActive(live.record.trial.state())) continue;
    ActiveTrial& active = statistics.active.emplace_back();
    active.experiment = id.experiment;
    active.trial = live.record.trial;
    active.env_steps_per_second = live.pace.per_second();
    if (live.worked_at != absl::InfiniteFuture()) active.worked_at = live.worked_at;
  }
  return statistics;
}

}  // namespace vagram
