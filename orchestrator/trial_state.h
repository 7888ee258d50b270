#ifndef ORCHESTRATOR_TRIAL_STATE_H_
#define ORCHESTRATOR_TRIAL_STATE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "orchestrator/store/store.h"
#include "proto/orchestrator.pb.h"

// The life of a trial as values: each function takes a trial and answers what it becomes.
namespace vagram {

bool HasEnded(v1::TrialState state);
bool HasEnded(v1::ExperimentState state);
// Its gang is launched and is meant to run: STARTING, RUNNING, STALLED.
bool IsActive(v1::TrialState state);

struct Transition {
  TrialRecord next;
  // The attempt that ended with it, when one was running and did not succeed.
  std::optional<v1::AttemptRecord> ended;
};

// As the store makes the trial of that index from a submission.
TrialRecord QueuedTrial(const NewExperiment& experiment, const TrialId& id);

TrialRecord Launched(const TrialRecord& record, absl::Time now);

// An attempt ended before its trial: QUEUED as the next attempt, or FAILED when it `counts` and no
// restart is left.
Transition AttemptEnded(const TrialRecord& record, const std::string& reason, bool counts,
                        absl::Time now);

// SUCCEEDED, STOPPED, FAILED or CANCELLED.
Transition TrialEnded(const TrialRecord& record, v1::TrialState state, const std::string& reason,
                      absl::Time now);

// PAUSED. An attempt that is under way goes on until its processes are gone, which AttemptRested
// then puts on record. `at_rung`: by early stopping, not by a user.
Transition Paused(const TrialRecord& record, const std::string& reason, bool at_rung = false);
Transition AttemptRested(const TrialRecord& record, absl::Time now);

// QUEUED again after PAUSED or FAILED, the latter with all restarts: as the next attempt when the
// present one has run.
Transition Resumed(const TrialRecord& record);

// STALLED, with the reason, or RUNNING again.
Transition Stalled(const TrialRecord& record, const std::string& reason);
Transition RunsAgain(const TrialRecord& record);

// Before the attempt that follows the n-th failure: 1 s, 2 s, 4 s, ... at most 30 s.
absl::Duration RestartPause(int failures);

// The number of the last attempt that the restarts left allow.
int64_t MaxAttempts(const TrialRecord& record);

// The state that the trials make the experiment have.
v1::ExperimentState StateOf(const v1::Experiment& experiment);

}  // namespace vagram

#endif  // ORCHESTRATOR_TRIAL_STATE_H_
