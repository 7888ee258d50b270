#include "orchestrator/trial_state.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "orchestrator/store/timestamp.h"
#include "orchestrator/utf8.h"

namespace vagram {
namespace {

constexpr size_t kMaxReasonBytes = 1000;

v1::AttemptRecord RecordOf(const v1::Trial& trial, const std::string& reason, absl::Time now) {
  v1::AttemptRecord record;
  record.set_attempt(trial.attempt());
  *record.mutable_ended_at() = ToTimestamp(now);
  record.set_reason(ClipUtf8(reason, kMaxReasonBytes));
  return record;
}

// The next attempt waits for its turn.
void QueueNext(v1::Trial& trial) {
  trial.set_state(v1::QUEUED);
  trial.set_attempt(trial.attempt() + 1);
  trial.clear_progress();
  trial.clear_replaced_actors();
}

// Whether the present attempt has run and ended.
bool IsOnRecord(const v1::Trial& trial) {
  return trial.attempts_size() > 0 &&
         trial.attempts(trial.attempts_size() - 1).attempt() == trial.attempt();
}

}  // namespace

bool HasEnded(v1::TrialState state) {
  return state == v1::SUCCEEDED || state == v1::STOPPED || state == v1::FAILED ||
         state == v1::CANCELLED;
}

bool HasEnded(v1::ExperimentState state) {
  return state == v1::EXPERIMENT_SUCCEEDED || state == v1::EXPERIMENT_FAILED ||
         state == v1::EXPERIMENT_CANCELLED;
}

bool IsActive(v1::TrialState state) {
  return state == v1::STARTING || state == v1::RUNNING || state == v1::STALLED;
}

TrialRecord QueuedTrial(const NewExperiment& experiment, const TrialId& id) {
  const NewTrial& trial = experiment.trials[static_cast<size_t>(id.index)];
  TrialRecord record;
  record.id = id;
  record.restarts = experiment.restarts;
  record.priority = experiment.priority;
  record.fail_fast = experiment.fail_fast;
  record.trial.set_id(id.ToString());
  record.trial.set_label(trial.label);
  record.trial.set_seed(trial.config.seed());
  record.trial.set_state(v1::QUEUED);
  record.trial.set_attempt(1);
  *record.trial.mutable_config() = trial.config;
  record.trial.mutable_overrides()->insert(trial.overrides.begin(), trial.overrides.end());
  return record;
}

TrialRecord Launched(const TrialRecord& record, absl::Time now) {
  TrialRecord next = record;
  next.trial.set_state(v1::STARTING);
  if (!next.trial.has_started_at()) *next.trial.mutable_started_at() = ToTimestamp(now);
  return next;
}

Transition AttemptEnded(const TrialRecord& record, const std::string& reason, bool counts,
                        absl::Time now) {
  if (counts && record.failures >= record.restarts) {
    const std::string last =
        record.restarts == 0
            ? reason
            : absl::StrCat(reason, " (and all ", record.restarts, " restarts are used up)");
    Transition transition = TrialEnded(record, v1::FAILED, last, now);
    transition.next.failures = record.failures + 1;
    return transition;
  }
  Transition transition{record, RecordOf(record.trial, reason, now)};
  v1::Trial& next = transition.next.trial;
  *next.add_attempts() = *transition.ended;
  QueueNext(next);
  next.set_reason(ClipUtf8(reason, kMaxReasonBytes));
  transition.next.failures += counts ? 1 : 0;
  return transition;
}

Transition TrialEnded(const TrialRecord& record, v1::TrialState state, const std::string& reason,
                      absl::Time now) {
  Transition transition{record, std::nullopt};
  v1::Trial& next = transition.next.trial;
  next.set_state(state);
  transition.next.at_rung = false;
  *next.mutable_ended_at() = ToTimestamp(now);
  if (!reason.empty()) next.set_reason(ClipUtf8(reason, kMaxReasonBytes));
  if (IsActive(record.trial.state()) && state != v1::SUCCEEDED) {
    transition.ended = RecordOf(record.trial, reason, now);
    *next.add_attempts() = *transition.ended;
  }
  return transition;
}

Transition Paused(const TrialRecord& record, const std::string& reason, bool at_rung) {
  Transition transition{record, std::nullopt};
  if (record.trial.state() == v1::FAILED) transition.next.failures = 0;
  transition.next.trial.clear_ended_at();
  transition.next.trial.set_state(v1::PAUSED);
  transition.next.trial.set_reason(ClipUtf8(reason, kMaxReasonBytes));
  transition.next.at_rung = at_rung;
  return transition;
}

Transition AttemptRested(const TrialRecord& record, absl::Time now) {
  Transition transition{record, std::nullopt};
  if (IsOnRecord(record.trial)) return transition;
  transition.ended = RecordOf(record.trial, record.trial.reason(), now);
  *transition.next.trial.add_attempts() = *transition.ended;
  return transition;
}

Transition Resumed(const TrialRecord& record) {
  Transition transition{record, std::nullopt};
  v1::Trial& next = transition.next.trial;
  if (next.state() == v1::FAILED) transition.next.failures = 0;
  next.set_state(v1::QUEUED);
  if (IsOnRecord(next)) QueueNext(next);
  transition.next.at_rung = false;
  next.clear_reason();
  next.clear_ended_at();
  return transition;
}

Transition Stalled(const TrialRecord& record, const std::string& reason) {
  Transition transition{record, std::nullopt};
  transition.next.trial.set_state(v1::STALLED);
  transition.next.trial.set_reason(ClipUtf8(reason, kMaxReasonBytes));
  return transition;
}

Transition RunsAgain(const TrialRecord& record) {
  Transition transition{record, std::nullopt};
  transition.next.trial.set_state(v1::RUNNING);
  transition.next.at_rung = false;
  transition.next.trial.clear_reason();
  return transition;
}

absl::Duration RestartPause(int failures) {
  return std::min(absl::Seconds(30), absl::Seconds(1 << std::clamp(failures - 1, 0, 5)));
}

int64_t MaxAttempts(const TrialRecord& record) {
  return record.trial.attempt() +
         (HasEnded(record.trial.state()) ? 0 : std::max(record.restarts - record.failures, 0));
}

v1::ExperimentState StateOf(const v1::Experiment& experiment) {
  int queued = 0, paused = 0, ended = 0, failed = 0, cancelled = 0;
  for (const v1::Trial& trial : experiment.trials()) {
    queued += trial.state() == v1::QUEUED;
    paused += trial.state() == v1::PAUSED;
    ended += HasEnded(trial.state());
    failed += trial.state() == v1::FAILED;
    cancelled += trial.state() == v1::CANCELLED;
  }
  if (queued == experiment.trials_size() && queued > 0) return v1::EXPERIMENT_QUEUED;
  if (paused > 0 && paused + ended == experiment.trials_size()) return v1::EXPERIMENT_PAUSED;
  if (ended < experiment.trials_size()) return v1::EXPERIMENT_RUNNING;
  if (failed > 0) return v1::EXPERIMENT_FAILED;
  return cancelled > 0 ? v1::EXPERIMENT_CANCELLED : v1::EXPERIMENT_SUCCEEDED;
}

}  // namespace vagram
