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

}  // namespace

bool HasEnded(v1::TrialState state) {
  return state == v1::SUCCEEDED || state == v1::FAILED || state == v1::CANCELLED;
}

bool HasEnded(v1::ExperimentState state) {
  return state == v1::EXPERIMENT_SUCCEEDED || state == v1::EXPERIMENT_FAILED ||
         state == v1::EXPERIMENT_CANCELLED;
}

bool IsActive(v1::TrialState state) { return state == v1::STARTING || state == v1::RUNNING; }

TrialRecord QueuedTrial(const TrialId& id, const NewTrial& trial, int restarts) {
  TrialRecord record;
  record.id = id;
  record.restarts = restarts;
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
  next.set_state(v1::QUEUED);
  next.set_attempt(record.trial.attempt() + 1);
  next.set_reason(ClipUtf8(reason, kMaxReasonBytes));
  next.clear_progress();
  transition.next.failures += counts ? 1 : 0;
  return transition;
}

Transition TrialEnded(const TrialRecord& record, v1::TrialState state, const std::string& reason,
                      absl::Time now) {
  Transition transition{record, std::nullopt};
  v1::Trial& next = transition.next.trial;
  next.set_state(state);
  *next.mutable_ended_at() = ToTimestamp(now);
  if (!reason.empty()) next.set_reason(ClipUtf8(reason, kMaxReasonBytes));
  if (IsActive(record.trial.state()) && state != v1::SUCCEEDED) {
    transition.ended = RecordOf(record.trial, reason, now);
    *next.add_attempts() = *transition.ended;
  }
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
  int queued = 0, ended = 0, failed = 0, cancelled = 0;
  for (const v1::Trial& trial : experiment.trials()) {
    queued += trial.state() == v1::QUEUED;
    ended += HasEnded(trial.state());
    failed += trial.state() == v1::FAILED;
    cancelled += trial.state() == v1::CANCELLED;
  }
  if (queued == experiment.trials_size() && queued > 0) return v1::EXPERIMENT_QUEUED;
  if (ended < experiment.trials_size()) return v1::EXPERIMENT_RUNNING;
  if (failed > 0) return v1::EXPERIMENT_FAILED;
  return cancelled > 0 ? v1::EXPERIMENT_CANCELLED : v1::EXPERIMENT_SUCCEEDED;
}

}  // namespace vagram
