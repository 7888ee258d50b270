// Actors that run ahead (`schedule.mode: async`): throughput first, nothing reproducible.
#include <algorithm>
#include <vector>

#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "learner/stopwatch.h"
#include "learner/trial_loop.h"
#include "learner/update_ratio.h"

namespace vagram {
namespace {

constexpr absl::Duration kWait = absl::Seconds(1);  // then stop and leave are looked at

}  // namespace

absl::Status TrialLoop::RunAhead() {
  const int64_t per_step = config_.sac().updates_per_step();
  const UpdateRatio ratio(
      {per_step, config_.sac().warmup_steps(), config_.schedule().run_ahead_steps()});
  int64_t due = ratio.Due(step_, sac_->updates());
  while (step_ < config_.num_steps() || due > 0 || EpochIsDue()) {
    RETURN_IF_ERROR(peers_.stop->Check());
    if (leaving()) return Leave();
    peers_.ahead->SetPolicy(warming_up() ? nullptr : policy_);
    peers_.ahead->Allow(std::min(config_.num_steps(), ratio.StepsAllowed(sac_->updates())) - step_);
    const bool waits = due == 0 && !EpochIsDue();
    const absl::Status taken = TakeArrivals(waits ? kWait : absl::ZeroDuration());
    if (MayLeaveAfter(taken)) return Leave();
    RETURN_IF_ERROR(taken);
    between_steps_ = false;
    if (model_based() && !warming_up()) RETURN_IF_ERROR(TendModel());
    due = ratio.Due(step_, sac_->updates());
    if (due > 0) {
      RETURN_IF_ERROR(ImprovePolicy(std::min(due, per_step)));
      due = ratio.Due(step_, sac_->updates());
    }
    between_steps_ = true;
    // The last epoch ends with the last update, not with the last step.
    if (EpochIsDue() && (step_ < config_.num_steps() || due == 0)) {
      const absl::Status ended = EndEpoch();
      if (MayLeaveAfter(ended)) return Leave();
      RETURN_IF_ERROR(ended);
    }
  }
  return absl::OkStatus();
}

absl::Status TrialLoop::TakeArrivals(absl::Duration max_wait) {
  Stopwatch stopwatch(peers_.clock, metrics_, "time/collect_seconds");
  std::vector<AheadCollector::Arrival> arrivals;
  {
    const TimeUse::Span starved(peers_.time_use, TimeUse::kStarved);
    ASSIGN_OR_RETURN(arrivals, peers_.ahead->Take(max_wait));
  }
  const int64_t per_step = std::max(config_.sac().updates_per_step(), 1);
  for (const AheadCollector::Arrival& arrival : arrivals) {
    const v1::TransitionColumns& transitions = arrival.reply.transitions();
    const int64_t age = sac_->updates() - transitions.policy_version();
    if (!arrival.uniform) {
      metrics_.AddSample("collect/policy_age", static_cast<double>(age));
      if (age > config_.schedule().max_policy_age() * per_step) {
        metrics_.Add("collect/dropped_steps", static_cast<double>(transitions.size()));
        continue;
      }
    }
    RETURN_IF_ERROR(Append(arrival.reply));
  }
  if (!arrivals.empty()) ShowProgress(warming_up() ? "warming up" : "collecting");
  return absl::OkStatus();
}

absl::Status TrialLoop::RestActors() {
  if (peers_.ahead == nullptr) return absl::OkStatus();
  RETURN_IF_ERROR(peers_.ahead->Rest());
  const absl::Status taken = TakeArrivals(absl::ZeroDuration());
  return absl::IsCancelled(taken) && leaving() ? peers_.stop->Check() : taken;
}

// A training begins where the last began `train_every` steps ago. Its model is handed over when it
// is there, and waited for where it is a whole interval late, so that no model gets older than
// that.
absl::Status TrialLoop::TendModel() {
  const int64_t every = config_.model().train_every();
  const int64_t since = step_ - training_since_;
  if (finished_.has_value() || background_->begun()) {
    const bool ready = finished_.has_value() || background_->Ended(absl::ZeroDuration());
    if (!ready && since < 2 * every) return absl::OkStatus();
    RETURN_IF_ERROR(HandOverModel());
  }
  return since >= every ? BeginTraining() : absl::OkStatus();
}

}  // namespace vagram
