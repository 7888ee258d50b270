#include "learner/trial_loop.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/divergence.h"
#include "core/base/kill_point.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/config/ensemble_options.h"
#include "core/config/linear_schedule.h"
#include "core/dynamics/ensemble.h"
#include "core/metrics/trial_metric_names.h"
#include "core/nn/array_codec.h"
#include "core/rpc/limits.h"
#include "core/wire/transition_codec.h"
#include "learner/sac_from_config.h"
#include "learner/stopwatch.h"

namespace vagram {
namespace {

// Room for the imagination of the retained trainings at the longest rollout length.
int64_t ModelReplayCapacity(const v1::TrialConfig& config) {
  const double longest = std::max(config.imagine().length().from(), config.imagine().length().to());
  return std::max<int64_t>(1, config.imagine().rollouts_per_step() * config.model().train_every() *
                                  static_cast<int64_t>(std::max(1.0, longest)) *
                                  config.imagine().retain_trainings());
}

// Networks travel whole, in one message.
absl::Status CheckFitsMessage(absl::string_view what, int64_t bytes, absl::string_view remedy) {
  constexpr int64_t kFraming = 1 << 10;  // far more than names, shapes and tags take
  if (bytes + kFraming <= kMaxMessageBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " takes ", bytes, " bytes, expected at most ", kMaxMessageBytes - kFraming,
                   ", which one message holds; ", remedy));
}

// To actors and the model server, and with the configuration to the orchestrator.
absl::Status CheckPolicyFits(const v1::TrialConfig& config, const SacOptions& options) {
  const int64_t bytes = SacActorShape(options).num_parameters() * int64_t{sizeof(float)} +
                        static_cast<int64_t>(config.ByteSizeLong());
  return CheckFitsMessage(
      absl::StrCat("sac.hidden_sizes is [", absl::StrJoin(config.sac().hidden_sizes(), ", "),
                   "]: the policy with its configuration"),
      bytes, "make the layers smaller or fewer");
}

// From the model server to the updates, with means and deviations of inputs and targets.
absl::Status CheckEnsembleFits(const v1::TrialConfig& config, const Task& task) {
  ASSIGN_OR_RETURN(const Ensemble::Options options, EnsembleOptions(config.model(), task));
  const int64_t floats =
      Ensemble::NumParameters(options) + 2 * (2 * int64_t{task.obs_dim} + task.act_dim + 1);
  return CheckFitsMessage(
      absl::StrCat("model.hidden_sizes is [", absl::StrJoin(config.model().hidden_sizes(), ", "),
                   "], model.members ", config.model().members(), ": the model"),
      floats * int64_t{sizeof(float)},
      "make the layers smaller or the members fewer, or leave sac.target and "
      "imagine.one_step_share as they are by default");
}

}  // namespace

absl::StatusOr<std::unique_ptr<TrialLoop>> TrialLoop::Create(const v1::TrialConfig& config,
                                                             const Task& task, Peers peers) {
  if ((config.algorithm() == "sac") != (peers.dynamics == nullptr)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "algorithm ", config.algorithm(), peers.dynamics ? " takes no model" : " needs a model"));
  }
  ASSIGN_OR_RETURN(SacOptions options, SacOptionsFromConfig(config, task));
  RETURN_IF_ERROR(CheckPolicyFits(config, options));
  ASSIGN_OR_RETURN(std::unique_ptr<Sac> sac, Sac::Create(options, config.seed()));
  std::unique_ptr<TrialLoop> loop(
      new TrialLoop(config, task, peers, std::move(options), std::move(sac)));
  RETURN_IF_ERROR(loop->MakeLearnedModel());
  const std::string& mode = config.schedule().mode();
  if ((mode == "async") != (peers.ahead != nullptr)) {
    return absl::InvalidArgumentError(
        absl::StrCat("schedule.mode ", mode, ": expected actors that ",
                     peers.ahead == nullptr ? "run ahead" : "wait for their turn"));
  }
  if (loop->model_based() && (mode == "async" || mode == "pipelined")) {
    loop->background_ = std::make_unique<BackgroundTraining>(peers.dynamics);
  }
  return loop;
}

TrialLoop::TrialLoop(const v1::TrialConfig& config, const Task& task, Peers peers,
                     SacOptions sac_options, std::unique_ptr<Sac> sac)
    : config_(config),
      peers_(peers),
      task_(task),
      sac_options_(std::move(sac_options)),
      sac_(std::move(sac)),
      batch_rng_(DeriveSeed(config.seed(), "batch")),
      model_replay_(ModelReplayCapacity(config), task.obs_dim, task.act_dim),
      retained_(0),
      batch_(config.sac().batch_size(), task.obs_dim, task.act_dim),
      last_return_(std::numeric_limits<double>::quiet_NaN()),
      metrics_(TrialMetricNames(config, task.obs_dim)),
      meter_(peers.clock) {}

absl::Status TrialLoop::MakeLearnedModel() {
  if (!LearnedModel::IsUsed(config_)) return absl::OkStatus();
  if (!model_based()) {
    return absl::InvalidArgumentError(
        "sac.target and imagine.one_step_share: expected one_step and 0, algorithm sac has no "
        "model; set algorithm to mbpo");
  }
  RETURN_IF_ERROR(CheckEnsembleFits(config_, task_));
  ASSIGN_OR_RETURN(model_, LearnedModel::Create(config_, task_, *sac_));
  return absl::OkStatus();
}

absl::Status TrialLoop::Run() {
  const TimeUse::Span working(peers_.time_use, TimeUse::kWorking);
  RETURN_IF_ERROR(GoOnFromCheckpoint());
  RETURN_IF_ERROR(PublishPolicy());
  ShowProgress("warming up");
  RETURN_IF_ERROR(peers_.ahead != nullptr ? RunAhead() : TakeTurns());
  ShowProgress("finished");
  return absl::OkStatus();
}

absl::Status TrialLoop::TakeTurns() {
  while (step_ < config_.num_steps() || EpochIsDue()) {
    RETURN_IF_ERROR(peers_.stop->Check());
    if (leaving()) return Leave();
    const absl::Status status = EpochIsDue() ? EndEpoch() : TakeStep();
    if (MayLeaveAfter(status)) return Leave();
    RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

absl::Status TrialLoop::TakeStep() {
  RETURN_IF_ERROR(Collect(1));
  if (warming_up()) return absl::OkStatus();
  between_steps_ = false;
  const int64_t since_warmup = step_ - config_.sac().warmup_steps();
  if (model_based() && since_warmup % config_.model().train_every() == 0) {
    RETURN_IF_ERROR(TurnToModel());
  }
  RETURN_IF_ERROR(ImprovePolicy(config_.sac().updates_per_step()));
  between_steps_ = true;
  return absl::OkStatus();
}

absl::Status TrialLoop::Collect(int64_t num_steps) {
  Stopwatch stopwatch(peers_.clock, metrics_, "time/collect_seconds");
  v1::StepReply reply;
  {
    const TimeUse::Span starved(peers_.time_use, TimeUse::kStarved);
    ASSIGN_OR_RETURN(reply, peers_.actors->Step(num_steps, warming_up() ? nullptr : policy_.get()));
  }
  RETURN_IF_ERROR(Append(reply));
  KillPoint("learner.collected");
  return absl::OkStatus();
}

absl::Status TrialLoop::Append(const v1::StepReply& reply) {
  step_ += reply.transitions().size();
  const absl::StatusOr<TransitionBatch> transitions =
      DecodeTransitions(reply.transitions(), task_.obs_dim, task_.act_dim);
  RETURN_IF_ERROR(AtThisStep(transitions.status()));
  RETURN_IF_ERROR(peers_.board->Append(*transitions));
  for (double episode_return : reply.episode_returns()) {
    metrics_.AddSample("collect/return_mean", episode_return);
    metrics_.Add("collect/episodes", 1);
  }
  return absl::OkStatus();
}

absl::Status TrialLoop::ImprovePolicy(int64_t updates) {
  Stopwatch stopwatch(peers_.clock, metrics_, "time/sac_seconds");
  for (int64_t i = 0; i < updates; ++i) {
    MixBatch();
    const bool expands = model_ != nullptr && model_->loaded() && model_->expands();
    sac_->Update(batch_, expands ? model_.get() : nullptr);
  }
  RETURN_IF_ERROR(PublishPolicy());
  ShowProgress("improving the policy");
  KillPoint("learner.improved");
  return absl::OkStatus();
}

void TrialLoop::MixBatch() {
  const int64_t rows = config_.sac().batch_size();
  int64_t imagined = 0;
  if (retained_ > 0) {
    imagined = std::llround(ScheduleValue(config_.imagine().model_share(), epoch()) *
                            static_cast<double>(rows));
  }
  if (imagined < rows) peers_.board->Sample(batch_rng_, rows - imagined, &batch_);
  if (imagined > 0) {
    indices_.resize(imagined);
    for (int64_t& index : indices_) {
      index = model_replay_.end_index() - 1 - static_cast<int64_t>(batch_rng_.Below(retained_));
    }
    model_replay_.Gather(indices_, rows - imagined, &batch_);
  }
  if (model_ != nullptr && model_->loaded() && config_.imagine().one_step_share() > 0) {
    const int64_t own =
        std::llround(config_.imagine().one_step_share() * static_cast<double>(rows));
    model_->TakeOwnSteps(std::min(own, rows - imagined), &batch_);
  }
}

absl::Status TrialLoop::PublishPolicy() {
  if (policy_ != nullptr && policy_->actor().version() == sac_->updates()) return absl::OkStatus();
  RETURN_IF_ERROR(AtThisStep(sac_->CheckFinite()));
  v1::PolicySnapshot snapshot;
  snapshot.mutable_actor()->set_version(sac_->updates());
  *snapshot.mutable_actor()->mutable_values() = ArrayFromTensor(sac_->PolicyParameters());
  peers_.board->PublishPolicy(std::move(snapshot));
  policy_ = peers_.board->policy();
  return absl::OkStatus();
}

// The same error, with the step in its message.
absl::Status TrialLoop::AtThisStep(const absl::Status& status) const {
  if (status.ok()) return status;
  const std::string message = absl::StrCat("at step ", step_, ": ", status.message());
  return IsDiverged(status) ? DivergedError(message) : absl::Status(status.code(), message);
}

void TrialLoop::ShowProgress(absl::string_view activity) {
  meter_.Note(step_, sac_->updates());
  v1::Progress progress;
  progress.set_step(step_);
  progress.set_num_steps(config_.num_steps());
  progress.set_episode_return(last_return_);
  progress.set_updates_per_second(meter_.updates_per_second());
  progress.set_eta_seconds(meter_.EtaSeconds(config_.num_steps()));
  progress.set_activity(std::string(activity));
  progress.set_work(++work_);
  peers_.reporter->SetProgress(progress);
}

}  // namespace vagram
