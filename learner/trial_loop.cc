#include "learner/trial_loop.h"

#include <ATen/Functions.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/divergence.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/config/linear_schedule.h"
#include "core/nn/array_codec.h"
#include "core/wire/transition_codec.h"
#include "learner/q_bias.h"
#include "learner/sac_from_config.h"
#include "learner/trial_metric_names.h"

namespace vagram {
namespace {

double Checksum(const at::Tensor& parameters) {
  return static_cast<double>(
      crc32_z(0, static_cast<const Bytef*>(parameters.data_ptr()), parameters.nbytes()));
}

double Mean(const google::protobuf::RepeatedField<double>& values) {
  double sum = 0;
  for (double value : values) sum += value;
  return sum / values.size();
}

// Adds the seconds it lived to a metric.
class Stopwatch {
 public:
  Stopwatch(Clock* clock, EpochMetrics& metrics, const char* name)
      : clock_(clock), metrics_(metrics), name_(name), start_(clock->Now()) {}
  ~Stopwatch() { metrics_.Add(name_, absl::ToDoubleSeconds(clock_->Now() - start_)); }

 private:
  Clock* const clock_;
  EpochMetrics& metrics_;
  const char* const name_;
  const absl::Time start_;
};

// Room for the imagination of the retained trainings at the longest rollout length.
int64_t ModelReplayCapacity(const v1::TrialConfig& config) {
  const double longest = std::max(config.imagine().length().from(), config.imagine().length().to());
  return std::max<int64_t>(1, config.imagine().rollouts_per_step() * config.model().train_every() *
                                  static_cast<int64_t>(std::max(1.0, longest)) *
                                  config.imagine().retain_trainings());
}

}  // namespace

absl::StatusOr<std::unique_ptr<TrialLoop>> TrialLoop::Create(const v1::TrialConfig& config,
                                                             const Task& task, Peers peers) {
  if ((config.algorithm() == "sac") != (peers.dynamics == nullptr)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "algorithm ", config.algorithm(), peers.dynamics ? " takes no model" : " needs a model"));
  }
  ASSIGN_OR_RETURN(SacOptions options, SacOptionsFromConfig(config, task));
  ASSIGN_OR_RETURN(std::unique_ptr<Sac> sac, Sac::Create(options, config.seed()));
  std::unique_ptr<TrialLoop> loop(
      new TrialLoop(config, task, peers, std::move(options), std::move(sac)));
  RETURN_IF_ERROR(loop->MakeLearnedModel());
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
      metrics_(TrialMetricNames(config, task)),
      meter_(peers.clock) {}

absl::Status TrialLoop::MakeLearnedModel() {
  if (!LearnedModel::IsUsed(config_)) return absl::OkStatus();
  if (!model_based()) {
    return absl::InvalidArgumentError(
        "sac.target and imagine.one_step_share: expected one_step and 0, algorithm sac has no "
        "model; set algorithm to mbpo");
  }
  ASSIGN_OR_RETURN(model_, LearnedModel::Create(config_, task_, *sac_));
  return absl::OkStatus();
}

absl::Status TrialLoop::Run() {
  RETURN_IF_ERROR(GoOnFromCheckpoint());
  RETURN_IF_ERROR(PublishPolicy());
  ShowProgress("warming up");
  while (step_ < config_.num_steps()) {
    RETURN_IF_ERROR(peers_.stop->Check());
    RETURN_IF_ERROR(Collect(1));
    if (!warming_up()) {
      const int64_t since_warmup = step_ - config_.sac().warmup_steps();
      if (model_based() && since_warmup % config_.model().train_every() == 0) {
        RETURN_IF_ERROR(TrainModel());
        RETURN_IF_ERROR(PullModel());
        if (imagines()) RETURN_IF_ERROR(Imagine());
      }
      RETURN_IF_ERROR(ImprovePolicy());
    }
    if (step_ % config_.schedule().epoch_length() == 0 || step_ == config_.num_steps()) {
      RETURN_IF_ERROR(EndEpoch());
    }
  }
  ShowProgress("finished");
  return absl::OkStatus();
}

absl::Status TrialLoop::Collect(int64_t num_steps) {
  Stopwatch stopwatch(peers_.clock, metrics_, "time/collect_seconds");
  ASSIGN_OR_RETURN(const v1::StepReply reply,
                   peers_.actors->Step(num_steps, warming_up() ? nullptr : policy_.get()));
  step_ += num_steps;
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

absl::Status TrialLoop::TrainModel() {
  Stopwatch stopwatch(peers_.clock, metrics_, "time/train_seconds");
  ShowProgress("training the model");
  CriticSnapshot critics = sac_->Snapshot();
  if (trainings_ > 0) {  // how old the last model's critics got before a new model replaced it
    metrics_.AddSample("model/critic_age", static_cast<double>(critics.version - critic_version_));
  }
  critic_version_ = critics.version;
  v1::TrainRequest request;
  request.set_begin_index(peers_.board->begin_index());
  request.set_end_index(peers_.board->end_index());
  request.set_critic_version(critics.version);
  request.set_seed(DeriveSeed(config_.seed(), "train", trainings_));
  peers_.board->PinCritics(std::move(critics));
  ASSIGN_OR_RETURN(const v1::TrainResult result,
                   peers_.dynamics->Train(request, [this](const v1::TrainProgress&) {
                     ShowProgress("training the model");
                   }));
  RETURN_IF_ERROR(AtThisStep(CheckModel(result)));
  ++trainings_;
  model_version_ = result.model_version();
  return NoteTraining(result);
}

absl::Status TrialLoop::NoteTraining(const v1::TrainResult& result) {
  metrics_.Set("model/train_loss", result.train_loss());
  metrics_.Set("model/holdout_score", Mean(result.holdout_scores()));
  metrics_.Set("model/holdout_mse", result.holdout_mse());
  metrics_.Add("model/epochs", static_cast<double>(result.epochs()));
  metrics_.Add("model/gradient_steps", static_cast<double>(result.gradient_steps()));
  metrics_.Set("model/clipped_share", result.clipped_share());
  metrics_.Set("model/value_gradient_norm_median", result.gradient_norm_median());
  metrics_.Set("model/checksum", result.parameters_crc32());
  const int members = std::min(config_.model().members(), result.holdout_scores_size());
  for (int k = 0; k < members; ++k) {
    metrics_.Set(absl::StrCat("model/holdout_score_", k), result.holdout_scores(k));
  }
  const int elites = std::min(config_.model().elites(), result.elites_size());
  for (int rank = 0; rank < elites; ++rank) {
    metrics_.Set(absl::StrCat("model/elite_", rank), result.elites(rank));
  }
  for (const v1::Diagnostic& diagnostic : result.diagnostics()) {
    if (!metrics_.Has(diagnostic.name())) {
      return absl::InvalidArgumentError(
          absl::StrCat("the model server measured ", diagnostic.name(),
                       ", which is no metric of this trial; run the same version everywhere"));
    }
    metrics_.Set(diagnostic.name(), diagnostic.value());
  }
  return absl::OkStatus();
}

absl::Status TrialLoop::CheckModel(const v1::TrainResult& result) const {
  const std::pair<const char*, double> measures[] = {
      {"training loss", result.train_loss()},
      {"holdout score", Mean(result.holdout_scores())},
      {"holdout error", result.holdout_mse()},
  };
  for (const auto& [name, value] : measures) {
    if (std::isfinite(value)) continue;
    return DivergedError(absl::StrCat("the model diverged: its ", name, " is ", value,
                                      " after training ", trainings_ + 1,
                                      "; lower model.learning_rate"));
  }
  return absl::OkStatus();
}

absl::Status TrialLoop::PullModel() {
  if (model_ == nullptr) return absl::OkStatus();
  v1::GetModelRequest request;
  request.set_model_version(model_version_);
  ASSIGN_OR_RETURN(const v1::GetModelResponse model, peers_.dynamics->GetModel(request));
  return model_->Load(model);
}

absl::Status TrialLoop::Imagine() {
  Stopwatch stopwatch(peers_.clock, metrics_, "time/imagine_seconds");
  ShowProgress("imagining");
  v1::ImagineRequest request;
  request.set_model_version(model_version_);
  *request.mutable_policy() = *policy_;
  request.set_num_rollouts(config_.imagine().rollouts_per_step() * config_.model().train_every());
  request.set_length(ScheduleLength(config_.imagine().length(), epoch()));
  request.set_seed(DeriveSeed(config_.seed(), "imagine", trainings_));
  int64_t imagined = 0;
  ASSIGN_OR_RETURN(const v1::ImagineResult result,
                   peers_.dynamics->Imagine(request, [&](const TransitionBatch& rows) {
                     imagined += rows.size;
                     return model_replay_.Append(rows);
                   }));
  if (imagined == 0) {
    return AtThisStep(DivergedError(
        absl::StrCat("the model diverged: in none of ", request.num_rollouts(),
                     " imagined branches was its first prediction finite, after training ",
                     trainings_, "; lower model.learning_rate")));
  }
  imagined_per_training_.push_back(imagined);
  const size_t retain = config_.imagine().retain_trainings();
  if (imagined_per_training_.size() > retain) {
    imagined_per_training_.erase(imagined_per_training_.begin());
  }
  CountRetained();
  metrics_.Add("imagine/transitions", static_cast<double>(imagined));
  metrics_.Set("imagine/length", request.length());
  if (const int64_t steps = imagined + result.rejected_steps(); steps > 0) {
    metrics_.AddSample("imagine/accepted_share", static_cast<double>(imagined) / steps);
  }
  metrics_.AddSample("imagine/branch_length_mean",
                     static_cast<double>(imagined) / request.num_rollouts());
  return absl::OkStatus();
}

void TrialLoop::CountRetained() {
  retained_ = 0;
  for (int64_t count : imagined_per_training_) retained_ += count;
  retained_ = std::min(retained_, model_replay_.size());
}

absl::Status TrialLoop::ImprovePolicy() {
  Stopwatch stopwatch(peers_.clock, metrics_, "time/sac_seconds");
  for (int i = 0; i < config_.sac().updates_per_step(); ++i) {
    MixBatch();
    const bool expands = model_ != nullptr && model_->loaded() && model_->expands();
    sac_->Update(batch_, expands ? model_.get() : nullptr);
  }
  RETURN_IF_ERROR(PublishPolicy());
  ShowProgress("improving the policy");
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

absl::Status TrialLoop::EndEpoch() {
  const int64_t length = config_.schedule().epoch_length();
  const int64_t ended = (step_ + length - 1) / length - 1;  // 0 for the first
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
  RETURN_IF_ERROR(peers_.reporter->Report(reported_.rows(reported_.rows_size() - 1)));
  const int every = config_.checkpoint().every_epochs();
  const bool due = every > 0 && (last || (ended + 1) % every == 0);
  return due && peers_.checkpoints != nullptr ? SaveCheckpoint() : absl::OkStatus();
}

absl::Status TrialLoop::Evaluate() {
  Stopwatch stopwatch(peers_.clock, metrics_, "time/evaluate_seconds");
  ShowProgress("evaluating");
  ASSIGN_OR_RETURN(
      const v1::EvaluateReply reply,
      peers_.actors->Evaluate(config_.evaluate().episodes(),
                              DeriveSeed(config_.seed(), "evaluate", evaluations_++), *policy_));
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
  return peers_.reporter->ReportPolicy(policy, last);
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
  peers_.reporter->SetProgress(progress);
}

}  // namespace vagram
