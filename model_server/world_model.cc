#include "model_server/world_model.h"

#include <ATen/Functions.h>
#include <zlib.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "core/config/ensemble_options.h"
#include "core/config/policy_options.h"
#include "core/dynamics/diagnostics.h"
#include "core/dynamics/ensemble_codec.h"
#include "core/dynamics/imagination.h"
#include "core/nn/action_range.h"
#include "core/nn/array_codec.h"
#include "core/nn/mlp.h"
#include "core/nn/policy_action.h"

namespace vagram {
namespace {

// A [rows, width] tensor that owns a copy of `values`.
at::Tensor Matrix(const std::vector<float>& values, int64_t rows, int64_t width) {
  return at::from_blob(const_cast<float*>(values.data()), {rows, width},
                       at::TensorOptions(at::kFloat))
      .clone();
}

ModelTraining::Options TrainingOptions(const v1::ModelConfig& model) {
  ModelTraining::Options options;
  options.loss = model.loss();
  options.loss_options.mse_warmup_epochs = model.mse_warmup_epochs();
  options.loss_options.vagram_weight = model.vagram_weight();
  options.loss_options.hessian_bound = model.hessian_bound();
  options.loss_options.itervaml_mse_weight = model.itervaml_mse_weight();
  options.loss_options.itervaml_samples = model.itervaml_samples();
  options.elites = model.elites();
  options.learning_rate = model.learning_rate();
  options.weight_decay = model.weight_decay();
  options.layer_weight_decay.assign(model.layer_weight_decay().begin(),
                                    model.layer_weight_decay().end());
  options.batch_size = model.batch_size();
  options.holdout_ratio = model.holdout_ratio();
  options.patience = model.patience();
  options.improvement_threshold = model.improvement_threshold();
  options.max_epochs = model.max_epochs();
  options.gradient_clip_quantile = model.gradient_clip_quantile();
  if (!model.value_gradient_scale().empty()) {
    options.value_gradient_scale = model.value_gradient_scale();
  }
  options.value_weighting = model.value_weighting();
  return options;
}

// Trainings among the first epoch's steps with a policy; 0 in a configuration without epochs.
int64_t FirstEpochTrainings(const v1::TrialConfig& config) {
  const int64_t every = std::max<int64_t>(1, config.model().train_every());
  return (config.schedule().epoch_length() + every - 1) / every;
}

}  // namespace

absl::StatusOr<std::unique_ptr<WorldModel>> WorldModel::Create(const v1::TrialConfig& config,
                                                               const Task& task,
                                                               TransitionSource* source) {
  if (config.imagine().reward() == "observed" && !task.observed_reward) {
    return absl::InvalidArgumentError(
        absl::StrCat("imagine.reward: the reward of ", task.id,
                     " does not follow from what is observed; set it to learned"));
  }
  ASSIGN_OR_RETURN(const LossInfo* loss, FindLoss(config.model().loss()));
  ASSIGN_OR_RETURN(const Ensemble::Options options, EnsembleOptions(config.model(), task));
  ASSIGN_OR_RETURN(std::unique_ptr<Ensemble> ensemble,
                   Ensemble::Create(options, DeriveSeed(config.seed(), "ensemble")));
  RETURN_IF_ERROR(SamplesValueAction(config.model().value_action()).status());
  ModelTraining::Options training_options = TrainingOptions(config.model());
  training_options.loss_options.first_epoch_trainings = FirstEpochTrainings(config);
  ASSIGN_OR_RETURN(std::unique_ptr<ModelTraining> training,
                   ModelTraining::Create(training_options, ensemble.get()));
  ASSIGN_OR_RETURN(GaussianPolicy::Options policy, PolicyOptions(config, task));
  return std::unique_ptr<WorldModel>(new WorldModel(
      config, task, source, std::move(policy), std::move(ensemble), std::move(training), *loss));
}

WorldModel::WorldModel(const v1::TrialConfig& config, const Task& task, TransitionSource* source,
                       GaussianPolicy::Options policy, std::unique_ptr<Ensemble> ensemble,
                       std::unique_ptr<ModelTraining> training, const LossInfo& loss)
    : config_(config),
      task_(task),
      source_(source),
      policy_options_(std::move(policy)),
      uses_value_gradients_(loss.uses_value_gradients),
      uses_value_functions_(loss.uses_value_functions),
      mirror_(config.sac().replay_capacity(), task.obs_dim, task.act_dim),
      ensemble_(std::move(ensemble)),
      training_(std::move(training)) {}

absl::Status WorldModel::PullTransitions(int64_t begin_index, int64_t end_index) {
  if (end_index < mirror_.end_index()) {
    return absl::FailedPreconditionError(absl::StrCat("asked to use transitions up to ", end_index,
                                                      ", this model has seen ", mirror_.end_index(),
                                                      " already"));
  }
  if (mirror_.end_index() < begin_index) mirror_.Restart(begin_index);
  return source_->ReadTransitions(
      mirror_.end_index(), end_index,
      [this](const TransitionBatch& batch)
          ABSL_NO_THREAD_SAFETY_ANALYSIS { return mirror_.Append(batch); });
}

absl::StatusOr<TrainingSet> WorldModel::PullTrainingSet(const v1::TrainRequest& request) {
  RETURN_IF_ERROR(PullTransitions(request.begin_index(), request.end_index()));
  TransitionBatch rows(0, task_.obs_dim, task_.act_dim);
  RETURN_IF_ERROR(mirror_.Read(mirror_.begin_index(), mirror_.end_index(), &rows));
  TrainingSet set;
  set.states = Matrix(rows.observation, rows.size, task_.obs_dim);
  set.actions = Matrix(rows.action, rows.size, task_.act_dim);
  set.next_states = Matrix(rows.next_observation, rows.size, task_.obs_dim);
  set.rewards = Matrix(rows.reward, rows.size, 1);
  // One draw of the policy's action per transition and version of the critics, the same in the
  // learner's gradients as in values taken here.
  const uint64_t action_seed = DeriveSeed(config_.seed(), "value action", request.critic_version());
  if (uses_value_gradients_) {
    ASSIGN_OR_RETURN(set.value_gradients,
                     source_->ValueGradients(
                         mirror_.begin_index(), mirror_.end_index(), request.critic_version(),
                         {config_.model().value_functions(), config_.model().value_action(),
                          action_seed, config_.model().value_gradient_through_policy()}));
  }
  ASSIGN_OR_RETURN(const bool sample, SamplesValueAction(config_.model().value_action()));
  if (uses_value_functions_ && sample) {
    set.action_noise = ActionNoise(action_seed, mirror_.begin_index(), rows.size, task_.act_dim);
  }
  if (uses_value_functions_) {
    ASSIGN_OR_RETURN(Critics critics, PullCritics(request.critic_version()));
    set.value_functions = std::move(critics.values);
  }
  return set;
}

absl::StatusOr<WorldModel::Critics> WorldModel::PullCritics(int64_t critic_version) {
  ASSIGN_OR_RETURN(CriticNetworks networks,
                   source_->GetCritics(critic_version, config_.model().value_functions()));
  ASSIGN_OR_RETURN(StackedMlp actor,
                   StackedMlp::Create(ActorShape(policy_options_), networks.actor));
  std::vector<StackedMlp> stacks;
  for (at::Tensor& critics : networks.critics) {
    ASSIGN_OR_RETURN(StackedMlp stack,
                     StackedMlp::Create(CriticShape(policy_options_), std::move(critics)));
    stacks.push_back(std::move(stack));
  }
  ASSIGN_OR_RETURN(const ActionRange actions, ActionRange::Create(task_.act_low, task_.act_high));
  ASSIGN_OR_RETURN(StateValueFunctions functions,
                   StateValueFunctions::Create(
                       std::move(actor), std::move(stacks), actions, networks.version,
                       {config_.model().value_gradient_through_policy(), networks.temperature}));
  return Critics{std::make_shared<const StateValueFunctions>(std::move(functions)), networks.actor};
}

absl::StatusOr<v1::TrainResult> WorldModel::Train(
    const v1::TrainRequest& request,
    const std::function<absl::Status(const v1::TrainProgress&)>& progress) {
  absl::MutexLock lock(&mu_);
  ASSIGN_OR_RETURN(const TrainingSet set, PullTrainingSet(request));
  v1::TrainProgress pulled;
  pulled.set_pulled(true);
  RETURN_IF_ERROR(progress(pulled));
  ASSIGN_OR_RETURN(const TrainingResult trained,
                   training_->Train(set, request.seed(), [&](const TrainingProgress& epoch) {
                     v1::TrainProgress message;
                     message.set_epoch(epoch.epoch);
                     message.set_train_loss(epoch.train_loss);
                     message.set_holdout_score(epoch.holdout_score);
                     return progress(message);
                   }));
  ++version_;
  v1::TrainResult result;
  result.set_model_version(version_);
  result.set_epochs(trained.epochs);
  result.set_gradient_steps(trained.gradient_steps);
  result.set_train_loss(trained.train_loss);
  for (double score : trained.holdout_scores) result.add_holdout_scores(score);
  for (int elite : trained.elites) result.add_elites(elite);
  result.set_clipped_share(trained.clipped_share);
  result.set_gradient_norm_median(trained.gradient_norm_median);
  result.set_holdout_mse(trained.holdout_mse);
  result.set_num_transitions(mirror_.size());
  const at::Tensor& parameters = ensemble_->parameters();
  result.set_parameters_crc32(
      crc32_z(0, static_cast<const Bytef*>(parameters.data_ptr()), parameters.nbytes()));
  LOG(INFO) << "trained model_version=" << version_ << " transitions=" << mirror_.size()
            << " epochs=" << trained.epochs << " train_loss=" << trained.train_loss
            << " holdout_mse=" << trained.holdout_mse;
  if (config_.diagnose().horizon() > 0) RETURN_IF_ERROR(Diagnose(request, &result));
  return result;
}

absl::Status WorldModel::Diagnose(const v1::TrainRequest& request, v1::TrainResult* result) {
  DiagnosticOptions options;
  options.horizon = config_.diagnose().horizon();
  options.states = config_.diagnose().states();
  options.discount = config_.sac().discount();
  options.obs_dim = task_.obs_dim;
  options.distractor_dims = config_.env().distractors().dims();

  absl::StatusOr<Critics> critics = PullCritics(request.critic_version());
  std::unique_ptr<GaussianPolicy> policy;
  if (critics.ok()) {
    ASSIGN_OR_RETURN(GaussianPolicy of_critics,
                     GaussianPolicy::Create(policy_options_, critics->actor));
    policy = std::make_unique<GaussianPolicy>(std::move(of_critics));
  } else if (critics.status().code() != absl::StatusCode::kResourceExhausted) {
    return critics.status();
  } else if (!told_of_critics_) {
    told_of_critics_ = true;
    LOG(WARNING) << "the model's value errors are not measured: " << critics.status().message();
  }
  for (const Diagnostic& diagnostic : vagram::Diagnose(
           options, mirror_, task_, *ensemble_, critics.ok() ? critics->values.get() : nullptr,
           policy.get(), DeriveSeed(request.seed(), "diagnose"))) {
    v1::Diagnostic* out = result->add_diagnostics();
    out->set_name(diagnostic.name);
    out->set_value(diagnostic.value);
  }
  return absl::OkStatus();
}

absl::Status WorldModel::CheckTrained() const {
  if (version_ > 0) return absl::OkStatus();
  return absl::FailedPreconditionError("the model has not been trained yet; call Train first");
}

absl::StatusOr<v1::ImagineResult> WorldModel::Imagine(
    const v1::ImagineRequest& request,
    const std::function<absl::Status(const TransitionBatch&)>& sink) {
  absl::MutexLock lock(&mu_);
  RETURN_IF_ERROR(CheckTrained());
  if (request.end_index() > 0) {
    RETURN_IF_ERROR(PullTransitions(request.begin_index(), request.end_index()));
  }
  if (mirror_.size() == 0) {
    return absl::FailedPreconditionError(
        "no transitions to imagine from since the model was restored; name those of the learner or "
        "call Train first");
  }
  if (request.model_version() != version_) {
    return absl::FailedPreconditionError(absl::StrCat("asked for model ", request.model_version(),
                                                      ", the current one is ", version_));
  }
  // More would not fit the memory that a chunked answer is meant to bound.
  constexpr int64_t kMaxRollouts = 10'000'000;
  if (request.num_rollouts() < 1 || request.num_rollouts() > kMaxRollouts || request.length() < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("asked for ", request.num_rollouts(), " rollouts of length ", request.length(),
                     ", expected 1 to ", kMaxRollouts, " of at least 1"));
  }
  ASSIGN_OR_RETURN(at::Tensor parameters,
                   TensorFromArray(request.policy().actor().values(), v1::FLOAT32, {-1}, "policy"));
  ASSIGN_OR_RETURN(GaussianPolicy policy,
                   GaussianPolicy::Create(policy_options_, std::move(parameters)));

  std::vector<int64_t> indices(request.num_rollouts());
  Rng rng(DeriveSeed(request.seed(), "starts"));
  mirror_.SampleIndices(rng, absl::MakeSpan(indices));
  TransitionBatch rows(request.num_rollouts(), task_.obs_dim, task_.act_dim);
  mirror_.Gather(indices, 0, &rows);
  const at::Tensor starts = Matrix(rows.observation, rows.size, task_.obs_dim);

  ImaginationOptions options;
  options.length = request.length();
  options.seed = request.seed();
  options.observed_reward = config_.imagine().reward() == "observed";
  if (config_.imagine().accept() == "disagreement") {
    options.disagreement_quantile = config_.imagine().disagreement_quantile();
  }
  ASSIGN_OR_RETURN(const ImaginationSummary summary,
                   vagram::Imagine(*ensemble_, policy, task_, starts, options, sink));
  LOG_IF(WARNING, summary.dropped_branches > 0)
      << "dropped branches with predictions that are not finite model_version=" << version_
      << " dropped=" << summary.dropped_branches << " of=" << request.num_rollouts();
  v1::ImagineResult result;
  result.set_transitions(summary.transitions);
  result.set_rejected_steps(summary.rejected_steps);
  result.set_terminated_branches(summary.terminated_branches);
  result.set_dropped_branches(summary.dropped_branches);
  return result;
}

absl::StatusOr<v1::GetModelResponse> WorldModel::GetModel(const v1::GetModelRequest& request) {
  absl::MutexLock lock(&mu_);
  if (version_ == 0) return absl::NotFoundError("the model has not been trained yet");
  if (request.model_version() != 0 && request.model_version() != version_) {
    return absl::FailedPreconditionError(absl::StrCat(
        "asked for model version ", request.model_version(), ", the current one is ", version_));
  }
  return EncodeEnsemble(*ensemble_, version_);
}

absl::StatusOr<v1::PredictResponse> WorldModel::Predict(const v1::PredictRequest& request) {
  ASSIGN_OR_RETURN(const at::Tensor states, TensorFromArray(request.observation(), v1::FLOAT32,
                                                            {-1, task_.obs_dim}, "observation"));
  ASSIGN_OR_RETURN(
      const at::Tensor actions,
      TensorFromArray(request.action(), v1::FLOAT32, {states.size(0), task_.act_dim}, "action"));
  absl::MutexLock lock(&mu_);
  RETURN_IF_ERROR(CheckTrained());
  const Prediction prediction = ensemble_->Predict(states, actions);
  v1::PredictResponse response;
  response.set_model_version(version_);
  *response.mutable_next_observation() = ArrayFromTensor(prediction.next_state);
  *response.mutable_reward() = ArrayFromTensor(prediction.reward.squeeze(-1));
  if (prediction.log_variance.defined()) {
    *response.mutable_log_variance() = ArrayFromTensor(prediction.log_variance);
  }
  return response;
}

v1::ModelServerState WorldModel::SaveState() {
  absl::MutexLock lock(&mu_);
  v1::ModelServerState state;
  state.set_version(version_);
  *state.mutable_model() = EncodeEnsemble(*ensemble_, version_);
  training_->SaveState(&state);
  return state;
}

absl::Status WorldModel::RestoreState(const v1::ModelServerState& state) {
  absl::MutexLock lock(&mu_);
  RETURN_IF_ERROR(DecodeEnsemble(state.model(), ensemble_.get()));
  RETURN_IF_ERROR(training_->RestoreState(state));
  version_ = state.version();
  mirror_.Restart(0);
  LOG(INFO) << "restored model_version=" << version_;
  return absl::OkStatus();
}

}  // namespace vagram
