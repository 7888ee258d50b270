#include "core/dynamics/model_training.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "core/base/divergence.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "core/dynamics/value_gradients.h"

namespace vagram {
namespace {

// Rows that go through the networks at once when scoring, so that memory stays bounded.
constexpr int64_t kScoringRows = 1024;

AdamOptions AdamFor(const ModelTraining::Options& options, double weight_decay) {
  AdamOptions adam;
  adam.learning_rate = options.learning_rate;
  adam.weight_decay = weight_decay;
  return adam;
}

at::Tensor RandomOrder(Rng& rng, int64_t size) {
  at::Tensor order = at::empty({size}, at::kLong);
  rng.FillPermutation(absl::MakeSpan(order.data_ptr<int64_t>(), size));
  return order;
}

// Rows `indices` [rows] or, per member, [K, rows] of the set: [rows, ...] or [K, rows, ...].
at::Tensor Rows(const at::Tensor& columns, const at::Tensor& indices) {
  const at::Tensor flat = columns.index_select(0, indices.reshape(-1));
  return indices.dim() == 1 ? flat : flat.view({indices.size(0), indices.size(1), -1});
}

Target RowsOfSet(const TrainingSet& set, const at::Tensor& indices) {
  Target rows;
  rows.state = Rows(set.states, indices);
  rows.action = Rows(set.actions, indices);
  rows.next_state = Rows(set.next_states, indices);
  rows.reward = Rows(set.rewards, indices);
  if (set.value_gradients.defined()) {
    std::vector<at::Tensor> gradients;
    for (const at::Tensor& of_one : set.value_gradients.unbind(0)) {
      gradients.push_back(Rows(of_one, indices));
    }
    rows.value_gradients = at::stack(gradients);
  }
  rows.value_functions = set.value_functions;
  return rows;
}

void AddTo(std::vector<double>& sums, const at::Tensor& values, double weight) {
  const at::Tensor on_host = values.to(at::kCPU, at::kDouble);
  for (size_t k = 0; k < sums.size(); ++k) sums[k] += weight * on_host.data_ptr<double>()[k];
}

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / values.size();
}

absl::Status CheckShape(const char* name, const at::Tensor& tensor, at::IntArrayRef expected) {
  if (tensor.defined() && tensor.sizes() == expected && tensor.scalar_type() == at::kFloat) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "training set: ", name, " expected as float32 [", absl::StrJoin(expected, ", "), "], got ",
      tensor.defined() ? absl::StrCat(c10::toString(tensor.scalar_type()), " [",
                                      absl::StrJoin(tensor.sizes(), ", "), "]")
                       : "nothing"));
}

absl::Status CheckOptions(const ModelTraining::Options& options, const LossInfo& loss,
                          const Ensemble::Options& ensemble) {
  if (options.elites < 1 || options.elites > ensemble.members) {
    return absl::InvalidArgumentError(absl::StrCat("model.elites is ", options.elites,
                                                   ", expected 1 to model.members, which is ",
                                                   ensemble.members));
  }
  if (!(ensemble.probabilistic ? loss.allows_probabilistic : loss.allows_deterministic)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "loss '", loss.name, "' wants ", ensemble.probabilistic ? "no variance" : "a variance",
        " from the model; set model.probabilistic to ", !ensemble.probabilistic,
        " or leave it out"));
  }
  const auto in_open_unit = [](double x) { return x > 0 && x < 1; };
  const auto at_least_zero = [](double x) { return x >= 0 && std::isfinite(x); };
  const bool valid = options.learning_rate > 0 && options.weight_decay >= 0 &&
                     options.batch_size > 0 && in_open_unit(options.holdout_ratio) &&
                     options.patience > 0 && options.improvement_threshold >= 0 &&
                     options.improvement_threshold < 1 && options.max_epochs > 0 &&
                     options.gradient_clip_quantile > 0 && options.gradient_clip_quantile <= 1 &&
                     options.loss_options.mse_warmup_epochs >= 0 &&
                     at_least_zero(options.loss_options.vagram_weight) &&
                     at_least_zero(options.loss_options.hessian_bound) &&
                     at_least_zero(options.loss_options.itervaml_mse_weight);
  if (loss.uses_value_functions && ensemble.probabilistic &&
      options.loss_options.itervaml_samples < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("model.itervaml_samples is ", options.loss_options.itervaml_samples,
                     ", expected at least 1 with a probabilistic ensemble"));
  }
  if (valid) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "an option of the model's training is out of range: learning_rate ", options.learning_rate,
      " (> 0), weight_decay ", options.weight_decay, " (>= 0), batch_size ", options.batch_size,
      " (> 0), holdout_ratio ", options.holdout_ratio, " (in (0, 1)), patience ", options.patience,
      " (> 0), improvement_threshold ", options.improvement_threshold, " (in [0, 1)), max_epochs ",
      options.max_epochs, " (> 0), gradient_clip_quantile ", options.gradient_clip_quantile,
      " (in (0, 1]), mse_warmup_epochs ", options.loss_options.mse_warmup_epochs,
      " (>= 0), vagram_weight ", options.loss_options.vagram_weight, " (>= 0), hessian_bound ",
      options.loss_options.hessian_bound, " (>= 0), itervaml_mse_weight ",
      options.loss_options.itervaml_mse_weight, " (>= 0)"));
}

}  // namespace

ModelTraining::ModelTraining(const Options& options, const LossInfo& info,
                             std::unique_ptr<ModelLoss> loss, Ensemble* ensemble)
    : options_(options),
      uses_value_gradients_(info.uses_value_gradients),
      uses_value_functions_(info.uses_value_functions),
      loss_(std::move(loss)),
      ensemble_(ensemble),
      gradient_(at::empty_like(ensemble->parameters())),
      network_adam_(ensemble->NetworkPart(ensemble->parameters()),
                    AdamFor(options, options.weight_decay)),
      bounds_adam_(ensemble->BoundsPart(ensemble->parameters()), AdamFor(options, 0)) {}

absl::StatusOr<std::unique_ptr<ModelTraining>> ModelTraining::Create(const Options& options,
                                                                     Ensemble* ensemble) {
  ASSIGN_OR_RETURN(const LossInfo* info, FindLoss(options.loss));
  RETURN_IF_ERROR(CheckOptions(options, *info, ensemble->options()));
  ASSIGN_OR_RETURN(std::unique_ptr<ModelLoss> loss, MakeLoss(options.loss, options.loss_options));
  return std::unique_ptr<ModelTraining>(
      new ModelTraining(options, *info, std::move(loss), ensemble));
}

absl::Status ModelTraining::CheckSet(const TrainingSet& set) const {
  const int64_t obs_dim = ensemble_->options().obs_dim, act_dim = ensemble_->options().act_dim;
  const int64_t size = set.states.defined() && set.states.dim() > 0 ? set.states.size(0) : 0;
  if (size < 2) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the model needs at least 2 transitions, one of them held out; there are ", size));
  }
  RETURN_IF_ERROR(CheckShape("states", set.states, {size, obs_dim}));
  RETURN_IF_ERROR(CheckShape("actions", set.actions, {size, act_dim}));
  RETURN_IF_ERROR(CheckShape("next states", set.next_states, {size, obs_dim}));
  RETURN_IF_ERROR(CheckShape("rewards", set.rewards, {size, 1}));
  if (uses_value_functions_ && set.value_functions == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("training set: loss '", options_.loss, "' wants value functions, got none"));
  }
  if (!uses_value_gradients_) return absl::OkStatus();
  const bool some = set.value_gradients.defined() && set.value_gradients.dim() == 3;
  const int64_t functions = some ? std::max<int64_t>(1, set.value_gradients.size(0)) : 1;
  return CheckShape("value gradients", set.value_gradients, {functions, size, obs_dim});
}

at::Tensor ModelTraining::DrawNoise(Rng& rng, std::vector<int64_t> sizes) const {
  if (!uses_value_functions_ || !ensemble_->options().probabilistic) return at::Tensor();
  sizes.insert(sizes.begin(), options_.loss_options.itervaml_samples);
  at::Tensor noise = at::empty(sizes, at::kFloat);
  rng.FillNormal(absl::MakeSpan(noise.data_ptr<float>(), noise.numel()));
  return noise;
}

double ModelTraining::TrainEpoch(const TrainingSet& set, const at::Tensor& order, int64_t epoch,
                                 Rng& noise_rng) {
  const int64_t rows = order.size(1);
  const at::Tensor& parameters = ensemble_->parameters();
  at::Tensor loss_sum = at::zeros({}, at::kDouble);
  for (int64_t begin = 0; begin < rows; begin += options_.batch_size) {
    const int64_t size = std::min(options_.batch_size, rows - begin);
    Target batch = RowsOfSet(set, order.narrow(1, begin, size));
    batch.noise =
        DrawNoise(noise_rng, {ensemble_->options().members, size, ensemble_->options().obs_dim});
    batch.epoch = epoch;
    batch.first_training = trainings_ == 0;
    const at::Tensor loss = ensemble_->LossAndGradient(*loss_, batch, gradient_);
    network_adam_.Step(ensemble_->NetworkPart(parameters), ensemble_->NetworkPart(gradient_));
    if (ensemble_->options().probabilistic) {
      bounds_adam_.Step(ensemble_->BoundsPart(parameters), ensemble_->BoundsPart(gradient_));
    }
    loss_sum.add_(loss, size);
    ++gradient_steps_;
  }
  return loss_sum.item<double>() / rows;
}

ModelTraining::Scores ModelTraining::ScoreHoldout(const TrainingSet& set, const at::Tensor& noise) {
  const int64_t rows = set.states.size(0);
  const std::vector<double> zeros(ensemble_->options().members, 0.0);
  Scores scores = {zeros, zeros};
  for (int64_t begin = 0; begin < rows; begin += kScoringRows) {
    const int64_t size = std::min(kScoringRows, rows - begin);
    Target part;  // no warm-up: scores of all epochs are to be comparable
    part.state = set.states.narrow(0, begin, size);
    part.action = set.actions.narrow(0, begin, size);
    part.next_state = set.next_states.narrow(0, begin, size);
    part.reward = set.rewards.narrow(0, begin, size);
    if (set.value_gradients.defined()) {
      part.value_gradients = set.value_gradients.narrow(1, begin, size);
    }
    part.value_functions = set.value_functions;
    if (noise.defined()) part.noise = noise.narrow(1, begin, size);
    const Prediction prediction = ensemble_->Predict(part.state, part.action);
    const double weight = static_cast<double>(size) / rows;
    AddTo(scores.score, loss_->HoldoutScore(prediction, part), weight);
    AddTo(scores.state_mse, (prediction.next_state - part.next_state).square().sum(-1).mean(1),
          weight);
  }
  return scores;
}

absl::StatusOr<TrainingResult> ModelTraining::Train(
    const TrainingSet& given, uint64_t seed,
    const std::function<absl::Status(const TrainingProgress&)>& progress) {
  RETURN_IF_ERROR(CheckSet(given));
  TrainingResult result;
  TrainingSet set = given;
  if (uses_value_gradients_) {
    ASSIGN_OR_RETURN(ClippedValueGradients clipped,
                     ClipValueGradients(set.value_gradients, options_.gradient_clip_quantile));
    set.value_gradients = clipped.gradients;
    result.clipped_share = clipped.clipped_share;
    result.gradient_norm_median = clipped.median_norm;
  } else {
    set.value_gradients = at::Tensor();
  }
  ensemble_->normalizer().Fit(set.states, set.actions);

  const int64_t members = ensemble_->options().members, rows = set.states.size(0);
  const int64_t num_holdout = std::clamp<int64_t>(
      static_cast<int64_t>(rows * options_.holdout_ratio), 1, std::min(kMaxHoldout, rows - 1));
  Rng split_rng(DeriveSeed(seed, "holdout"));
  const at::Tensor split = RandomOrder(split_rng, rows);
  const at::Tensor train_rows = split.narrow(0, num_holdout, rows - num_holdout);
  const Target held_out = RowsOfSet(set, split.narrow(0, 0, num_holdout));
  const TrainingSet holdout = {held_out.state,  held_out.action,          held_out.next_state,
                               held_out.reward, held_out.value_gradients, held_out.value_functions};

  Rng noise_rng(DeriveSeed(seed, "noise"));
  // The same in every epoch, so that scores differ by the model alone.
  const at::Tensor holdout_noise =
      DrawNoise(noise_rng, {num_holdout, ensemble_->options().obs_dim});

  constexpr double kNever = std::numeric_limits<double>::infinity();
  Scores best = {std::vector<double>(members, kNever), std::vector<double>(members, kNever)};
  const at::Tensor kept = ensemble_->parameters().clone();
  Rng order_rng(DeriveSeed(seed, "order"));
  const int64_t steps_before = gradient_steps_;
  int64_t epochs_without_improvement = 0;
  while (result.epochs < options_.max_epochs && epochs_without_improvement < options_.patience) {
    std::vector<at::Tensor> orders;
    for (int64_t k = 0; k < members; ++k) {
      orders.push_back(train_rows.index_select(0, RandomOrder(order_rng, train_rows.size(0))));
    }
    result.train_loss = TrainEpoch(set, at::stack(orders), result.epochs, noise_rng);

    const Scores now = ScoreHoldout(holdout, holdout_noise);
    bool improved = false;
    for (int64_t k = 0; k < members; ++k) {
      const double old = best.score[k];
      const bool better = old == kNever
                              ? std::isfinite(now.score[k])
                              : old - now.score[k] > options_.improvement_threshold * std::abs(old);
      if (!better) continue;
      improved = true;
      best.score[k] = now.score[k];
      best.state_mse[k] = now.state_mse[k];
      ensemble_->SaveMember(k, kept);
    }
    epochs_without_improvement = improved ? 0 : epochs_without_improvement + 1;
    ++result.epochs;
    if (progress) {
      RETURN_IF_ERROR(progress({result.epochs - 1, result.train_loss, Mean(now.score)}));
    }
  }
  ensemble_->parameters().copy_(kept);

  std::vector<int> ranked(members);
  std::iota(ranked.begin(), ranked.end(), 0);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [&](int a, int b) { return best.score[a] < best.score[b]; });
  ranked.resize(options_.elites);
  if (best.score[ranked.back()] == kNever) {
    return DivergedError(absl::StrCat(
        "the model diverged: member ", ranked.back(), " had no finite holdout score in ",
        result.epochs, " epochs; lower model.learning_rate (", options_.learning_rate, ")"));
  }
  ensemble_->SetElites(ranked);
  ++trainings_;

  for (int elite : ranked) result.holdout_mse += best.state_mse[elite] / ranked.size();
  result.elites = std::move(ranked);
  result.holdout_scores = std::move(best.score);
  result.gradient_steps = gradient_steps_ - steps_before;
  return result;
}

}  // namespace vagram
