#include "model_server/world_model.h"

#include <ATen/Functions.h>
#include <zlib.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "core/config/ensemble_options.h"
#include "core/config/policy_options.h"
#include "core/dynamics/ensemble_codec.h"
#include "core/dynamics/imagination.h"
#include "core/nn/action_range.h"
#include "core/nn/array_codec.h"
#include "core/nn/mlp.h"

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
  options.batch_size = model.batch_size();
  options.holdout_ratio = model.holdout_ratio();
  options.patience = model.patience();
  options.improvement_threshold = model.improvement_threshold();
  options.max_epochs = model.max_epochs();
  options.gradient_clip_quantile = model.gradient_clip_quantile();
  return options;
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
  ASSIGN_OR_RETURN(std::unique_ptr<ModelTraining> training,
                   ModelTraining::Create(TrainingOptions(config.model()), ensemble.get()));
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

absl::StatusOr<TrainingSet> WorldModel::PullTrainingSet(const v1::TrainRequest& request) {
  if (request.end_index() < mirror_.end_index()) {
    return absl::FailedPreconditionError(absl::StrCat("asked to train up to transition ",
                                                      request.end_index(), ", this model has seen ",
                                                      mirror_.end_index(), " already"));
  }
  RETURN_IF_ERROR(source_->ReadTransitions(
      mirror_.end_index(), request.end_index(),
      [this](const TransitionBatch& batch)
          ABSL_NO_THREAD_SAFETY_ANALYSIS { return mirror_.Append(batch); }));
  TransitionBatch rows(0, task_.obs_dim, task_.act_dim);
  RETURN_IF_ERROR(mirror_.Read(mirror_.begin_index(), mirror_.end_index(), &rows));
  TrainingSet set;
  set.states = Matrix(rows.observation, rows.size, task_.obs_dim);
  set.actions = Matrix(rows.action, rows.size, task_.act_dim);
  set.next_states = Matrix(rows.next_observation, rows.size, task_.obs_dim);
  set.rewards = Matrix(rows.reward, rows.size, 1);
  if (uses_value_gradients_) {
    ASSIGN_OR_RETURN(
        set.value_gradients,
        source_->ValueGradients(mirror_.begin_index(), mirror_.end_index(),
                                request.critic_version(), config_.model().value_functions()));
  }
  if (uses_value_functions_) {
    ASSIGN_OR_RETURN(set.value_functions, PullValueFunctions(request.critic_version()));
  }
  return set;
}

absl::StatusOr<std::shared_ptr<const StateValueFunctions>> WorldModel::PullValueFunctions(
    int64_t critic_version) {
  ASSIGN_OR_RETURN(CriticNetworks networks,
                   source_->GetCritics(critic_version, config_.model().value_functions()));
  ASSIGN_OR_RETURN(StackedMlp actor, StackedMlp::Create(ActorShape(task_.obs_dim, task_.act_dim,
                                                                   policy_options_.hidden_sizes,
                                                                   policy_options_.activation),
                                                        std::move(networks.actor)));
  MlpShape shape;
  shape.networks = 2;
  shape.sizes = policy_options_.hidden_sizes;
  shape.sizes.insert(shape.sizes.begin(), int64_t{task_.obs_dim} + task_.act_dim);
  shape.sizes.push_back(1);
  shape.activation = policy_options_.activation;
  std::vector<StackedMlp> stacks;
  for (at::Tensor& critics : networks.critics) {
    ASSIGN_OR_RETURN(StackedMlp stack, StackedMlp::Create(shape, std::move(critics)));
    stacks.push_back(std::move(stack));
  }
  ASSIGN_OR_RETURN(const ActionRange actions, ActionRange::Create(task_.act_low, task_.act_high));
  ASSIGN_OR_RETURN(
      StateValueFunctions functions,
      StateValueFunctions::Create(std::move(actor), std::move(stacks), actions, networks.version));
  return std::make_shared<const StateValueFunctions>(std::move(functions));
}

absl::StatusOr<v1::TrainResult> WorldModel::Train(
    const v1::TrainRequest& request,
    const std::function<absl::Status(const v1::TrainProgress&)>& progress) {
  absl::MutexLock lock(&mu_);
  ASSIGN_OR_RETURN(const TrainingSet set, PullTrainingSet(request));
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
  return result;
}

absl::Status WorldModel::CheckTrained() const {
  if (version_ > 0) return absl::OkStatus();
  return absl::FailedPreconditionError("the model has not been trained yet; call Train first");
}

absl::Status WorldModel::Imagine(const v1::ImagineRequest& request,
                                 const std::function<absl::Status(const TransitionBatch&)>& sink) {
  absl::MutexLock lock(&mu_);
  RETURN_IF_ERROR(CheckTrained());
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
  ASSIGN_OR_RETURN(const ImaginationSummary summary,
                   vagram::Imagine(*ensemble_, policy, task_, starts, options, sink));
  LOG_IF(WARNING, summary.dropped_branches > 0)
      << "dropped branches with predictions that are not finite model_version=" << version_
      << " dropped=" << summary.dropped_branches << " of=" << request.num_rollouts();
  return absl::OkStatus();
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

}  // namespace vagram
