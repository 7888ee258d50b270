#ifndef ORCHESTRATOR_SCHEDULER_STATISTICS_H_
#define ORCHESTRATOR_SCHEDULER_STATISTICS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// A worker's time by what it did with it, in seconds; see v1::TimeUse.
struct TimeUseSeconds {
  double working = 0;
  double starved = 0;
  double blocked = 0;

  TimeUseSeconds& operator+=(const TimeUseSeconds& other);
};

TimeUseSeconds SecondsOf(const v1::TimeUse& time_use);

// What has happened since the scheduler was created; no number ever becomes less.
struct SchedulerTotals {
  int64_t launched_attempts = 0;
  int64_t failed_attempts = 0;       // that count against the restarts of their experiment
  int64_t interrupted_attempts = 0;  // preempted, or lost to a restart of the service's
  int64_t replaced_actors = 0;
  int64_t env_steps = 0;                        // of all trials
  std::map<v1::Role, TimeUseSeconds> time_use;  // of all workers
};

// A trial whose processes run.
struct ActiveTrial {
  int64_t experiment = 0;
  v1::Trial trial;  // with its configuration
  std::optional<double> env_steps_per_second;
  std::optional<absl::Time> worked_at;  // when the last sign of work was seen
};

// A moment of the scheduler, for monitoring.
struct SchedulerStatistics {
  int slots = 0;
  int used_slots = 0;
  SchedulerTotals totals;
  std::vector<ActiveTrial> active;  // in order of submission
};

}  // namespace vagram

#endif  // ORCHESTRATOR_SCHEDULER_STATISTICS_H_
