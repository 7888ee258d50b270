// The end of an epoch: evaluation, the row of metrics, policies to keep.
#include <ATen/core/Tensor.h>
#include <zlib.h>

#include <cmath>

#include "core/base/kill_point.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/config/linear_schedule.h"
#include "learner/mean.h"
#include "learner/q_bias.h"
#include "learner/stopwatch.h"
#include "learner/trial_loop.h"

namespace vagram {
namespace {

double Checksum(const at::Tensor& parameters) {
  return static_cast<double>(
      crc32_z(0, static_cast<const Bytef*>(parameters.data_ptr()), parameters.nbytes()));
}

}  // namespace

int64_t TrialLoop::EpochsEnded() const {
  const int64_t length = config_.schedule().epoch_length();
  return step_ == config_.num_steps() ? (step_ + length - 1) / length : step_ / length;
}

absl::Status TrialLoop::EndEpoch() {
  const int64_t ended = reported_.rows_size();  // 0 for the first
  const bool last = step_ == config_.num_steps();
  const bool evaluated = last || (ended + 1) % config_.evaluate().every_epochs() == 0;
  if (evaluated) RETURN_IF_ERROR(Evaluate());
  const int video = config_.evaluate().video();
  if (last || (video > 0 && (ended + 1) % video == 0)) {
    RETURN_IF_ERROR(ReportPolicy(ended, evaluated, last));
  }

  const SacMetrics sac = sac_->TakeMetrics();
  if (sac.updates > 0) {
    metrics_.Set("sac/critic_loss", sac.critic_loss);
    metrics_.Set("sac/actor_loss", sac.actor_loss);
    metrics_.Set("sac/temperature", sac.temperature);
    metrics_.Set("sac/entropy", sac.entropy);
    metrics_.Set("sac/q_mean", sac.q_mean);
  }
  metrics_.Set("sac/updates", static_cast<double>(sac_->updates()));
  metrics_.Set("sac/checksum", Checksum(sac_->AllParameters()));
  if (model_based()) {
    metrics_.Set("imagine/model_share",
                 retained_ > 0 ? ScheduleValue(config_.imagine().model_share(), ended) : 0);
  }
  if (model_ != nullptr) {
    for (const auto& [name, value] : model_->TakeMetrics()) metrics_.Set(name, value);
  }
  metrics_.Set("time/updates_per_second", meter_.updates_per_second());
  *reported_.add_rows() = metrics_.Take(ended, step_, ended, meter_.WallSeconds());
  if (evaluated) ++evaluations_;  // with its row: without, it is made again, from the same seed
  RETURN_IF_ERROR(WithRoom("the row of metrics", [this] {
    return peers_.reporter->Report(reported_.rows(reported_.rows_size() - 1));
  }));
  KillPoint("learner.reported");
  const int every = config_.checkpoint().every_epochs();
  const bool due = every > 0 && (last || (ended + 1) % every == 0);
  return due && peers_.checkpoints != nullptr ? SaveCheckpoint() : absl::OkStatus();
}

absl::Status TrialLoop::Evaluate() {
  Stopwatch stopwatch(peers_.clock, metrics_, "time/evaluate_seconds");
  ShowProgress("evaluating");
  v1::EvaluateReply reply;
  {
    const TimeUse::Span starved(peers_.time_use, TimeUse::kStarved);
    ASSIGN_OR_RETURN(
        reply, actors().Evaluate(config_.evaluate().episodes(),
                                 DeriveSeed(config_.seed(), "evaluate", evaluations_), *policy_));
  }
  const double mean = Mean(reply.returns());
  double squares = 0, steps = 0;
  for (double episode_return : reply.returns()) {
    squares += (episode_return - mean) * (episode_return - mean);
  }
  for (int64_t length : reply.lengths()) steps += static_cast<double>(length);
  metrics_.Set("evaluate/return_mean", mean);
  metrics_.Set("evaluate/return_std", std::sqrt(squares / reply.returns_size()));
  metrics_.Set("evaluate/length_mean", steps / reply.returns_size());
  if (config_.diagnose().horizon() > 0) {
    ASSIGN_OR_RETURN(const double q_bias, EvaluatedQBias(sac_options_, sac_->Snapshot(), reply));
    metrics_.Set("diagnose/q_bias_real", q_bias);
  }
  last_return_ = mean;
  KillPoint("learner.evaluated");
  LOG(INFO) << "evaluated step=" << step_ << " return_mean=" << mean;
  return absl::OkStatus();
}

absl::Status TrialLoop::ReportPolicy(int64_t epoch, bool evaluated, bool last) {
  v1::PolicyFile policy;
  *policy.mutable_config() = config_;
  policy.mutable_env()->set_id(task_.id);
  policy.mutable_env()->set_obs_dim(task_.obs_dim);
  policy.mutable_env()->set_act_dim(task_.act_dim);
  *policy.mutable_policy() = *policy_;
  policy.set_epoch(epoch);
  policy.set_step(step_);
  if (evaluated) policy.set_return_mean(last_return_);
  return WithRoom("the policy", [&] { return peers_.reporter->ReportPolicy(policy, last); });
}

}  // namespace vagram
