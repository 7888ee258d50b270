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
#include "core/dynamics/target_units.h"
#include "core/dynamics/value_functions.h"
#include "core/dynamics/value_gradients.h"
#include "core/dynamics/value_weights.h"

namespace vagram {
namespace {

// Rows that go through the networks at once when scoring, so that memory stays bounded.
constexpr int64_t kScoringRows = 1024;

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
  if (set.value_weights.defined()) rows.value_weights = Rows(set.value_weights, indices);
  if (set.action_noise.defined()) {
    rows.action_noise = Rows(set.action_noise, indices).unsqueeze(0);
  }
  rows.value_functions = set.value_functions;
  return rows;
}

at::Tensor Normal(Rng& rng, at::IntArrayRef sizes) {
  at::Tensor noise = at::empty(sizes, at::kFloat);
  rng.FillNormal(absl::MakeSpan(noise.data_ptr<float>(), noise.numel()));
  return noise;
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
  if ((loss.samples_actions || (loss.uses_value_functions && ensemble.probabilistic)) &&
      options.loss_options.itervaml_samples < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("model.itervaml_samples is ", options.loss_options.itervaml_samples,
                     ", expected at least 1 with ",
                     loss.samples_actions ? absl::StrCat("loss '", loss.name, "'")
                                          : "a probabilistic ensemble"));
  }
  if (options.value_gradient_scale != "raw" && options.value_gradient_scale != "unit") {
    return absl::InvalidArgumentError(absl::StrCat("model.value_gradient_scale is '",
                                                   options.value_gradient_scale,
                                                   "', expected raw or unit"));
  }
  RETURN_IF_ERROR(ParseValueWeighting(options.value_weighting).status());
  const size_t decays = options.layer_weight_decay.size();
  if ((decays != 0 && decays != ensemble.hidden_sizes.size() + 1) ||
      !std::all_of(options.layer_weight_decay.begin(), options.layer_weight_decay.end(),
                   at_least_zero)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "model.layer_weight_decay is [", absl::StrJoin(options.layer_weight_decay, ", "),
        "], expected none, or for each of the ", ensemble.hidden_sizes.size() + 1,
        " layers one coefficient that is not negative"));
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
      info_(info),
      loss_(std::move(loss)),
      ensemble_(ensemble),
      gradient_(at::empty_like(ensemble->parameters())),
      optimizer_({options.learning_rate, options.weight_decay, options.layer_weight_decay},
                 ensemble) {}

absl::StatusOr<std::unique_ptr<ModelTraining>> ModelTraining::Create(const Options& options,
                                                                     Ensemble* ensemble) {
  ASSIGN_OR_RETURN(const LossInfo* info, FindLoss(options.loss));
  RETURN_IF_ERROR(CheckOptions(options, *info, ensemble->options()));
  LossOptions loss_options = options.loss_options;
  loss_options.gradient_clip_quantile = options.gradient_clip_quantile;
  ASSIGN_OR_RETURN(std::unique_ptr<ModelLoss> loss, MakeLoss(options.loss, loss_options));
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
  if (info_.uses_value_functions && set.value_functions == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("training set: loss '", options_.loss, "' wants value functions, got none"));
  }
  if (set.action_noise.defined()) {
    RETURN_IF_ERROR(CheckShape("action noise", set.action_noise, {size, act_dim}));
  }
  if (!info_.uses_value_gradients) return absl::OkStatus();
  const bool some = set.value_gradients.defined() && set.value_gradients.dim() == 3;
  const int64_t functions = some ? std::max<int64_t>(1, set.value_gradients.size(0)) : 1;
  return CheckShape("value gradients", set.value_gradients, {functions, size, obs_dim});
}

void ModelTraining::DrawNoise(NoiseRngs& rngs, std::vector<int64_t> sizes, Target* batch) const {
  const bool samples_states = info_.uses_value_functions && ensemble_->options().probabilistic;
  sizes.insert(sizes.begin(), options_.loss_options.itervaml_samples);
  sizes.push_back(ensemble_->options().obs_dim);
  if (samples_states) batch->noise = Normal(rngs.state, sizes);
  sizes.back() = ensemble_->options().act_dim;
  if (info_.samples_actions) batch->action_noise = Normal(rngs.action, sizes);
}

absl::Status ModelTraining::PrepareValues(TrainingSet* set, TrainingResult* result) const {
  if (!info_.uses_value_gradients) {
    set->value_gradients = at::Tensor();
  } else {
    ASSIGN_OR_RETURN(ClippedValueGradients clipped,
                     ClipValueGradients(set->value_gradients, options_.gradient_clip_quantile));
    result->gradient_norm_median = clipped.median_norm;
    if (!info_.reference_2022) {
      set->value_gradients = clipped.gradients;
      result->clipped_share = clipped.clipped_share;
    }
    if (options_.value_gradient_scale == "unit") {
      set->value_gradients = ScaleToUnit(set->value_gradients);
    }
  }

  set->value_weights = at::Tensor();
  if (!info_.uses_value_weights) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ValueWeighting weighting, ParseValueWeighting(options_.value_weighting));
  const auto values_at = [&](const at::Tensor& states) {
    return ValuesAt(*set->value_functions, states, set->action_noise);
  };
  // The published code takes the value of what the networks predict: the change of state.
  ASSIGN_OR_RETURN(set->value_weights,
                   weighting == ValueWeighting::kInverse
                       ? InverseValueWeights(values_at(set->next_states))
                       : ValueWeightsOf2022(values_at(set->next_states - set->states),
                                            ensemble_->options().members, options_.batch_size,
                                            set->states.size(1)));
  return absl::OkStatus();
}

double ModelTraining::TrainEpoch(const TrainingSet& set, const at::Tensor& order, int64_t epoch,
                                 NoiseRngs& rngs, Reference2022Gradients* reference) {
  const int64_t rows = order.size(1);
  at::Tensor loss_sum = at::zeros({}, at::kDouble);
  for (int64_t begin = 0; begin < rows; begin += options_.batch_size) {
    const int64_t size = std::min(options_.batch_size, rows - begin);
    Target batch = RowsOfSet(set, order.narrow(1, begin, size));
    DrawNoise(rngs, {ensemble_->options().members, size}, &batch);
    if (reference) batch.value_gradients = reference->OfBatch(begin, batch.value_gradients);
    batch.epoch = epoch;
    batch.first_training = trainings_ == 0;
    batch.trainings_before = trainings_;
    const at::Tensor loss = ensemble_->LossAndGradient(*loss_, batch, gradient_);
    optimizer_.Step(gradient_);
    loss_sum.add_(loss, size);
    ++gradient_steps_;
  }
  return loss_sum.item<double>() / rows;
}

ModelTraining::Scores ModelTraining::ScoreHoldout(const Target& held_out,
                                                  Reference2022Gradients* reference) {
  const int64_t rows = held_out.state.size(0);
  const std::vector<double> zeros(ensemble_->options().members, 0.0);
  const at::Tensor units = ensemble_->target_units();
  Scores scores = {zeros, zeros};
  for (int64_t begin = 0; begin < rows; begin += kScoringRows) {
    const int64_t size = std::min(kScoringRows, rows - begin);
    const auto part_of = [&](const at::Tensor& column, int64_t dimension) {
      return column.defined() ? column.narrow(dimension, begin, size) : column;
    };
    Target part;  // no warm-up: scores of all epochs are to be comparable
    part.state = part_of(held_out.state, 0);
    part.action = part_of(held_out.action, 0);
    part.next_state = part_of(held_out.next_state, 0);
    part.reward = part_of(held_out.reward, 0);
    part.value_gradients = part_of(held_out.value_gradients, 1);
    if (reference) part.value_gradients = reference->OfHoldout(begin, part.value_gradients);
    part.value_weights = part_of(held_out.value_weights, 0);
    part.value_functions = held_out.value_functions;
    part.noise = part_of(held_out.noise, 1);
    part.action_noise = part_of(held_out.action_noise, 1);
    part.trainings_before = trainings_;
    const Prediction prediction = ensemble_->Predict(part.state, part.action);
    const double weight = static_cast<double>(size) / rows;
    AddTo(scores.score,
          loss_->HoldoutScore(InTargetUnits(prediction, units), InTargetUnits(part, units)),
          weight);
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
  RETURN_IF_ERROR(PrepareValues(&set, &result));
  ensemble_->FitNormalizers(set.states, set.actions, set.next_states, set.rewards);

  const int64_t members = ensemble_->options().members, rows = set.states.size(0);
  const int64_t num_holdout = std::clamp<int64_t>(
      static_cast<int64_t>(rows * options_.holdout_ratio), 1, std::min(kMaxHoldout, rows - 1));
  Rng split_rng(DeriveSeed(seed, "holdout"));
  const at::Tensor split = RandomOrder(split_rng, rows);
  const at::Tensor train_rows = split.narrow(0, num_holdout, rows - num_holdout);
  Target held_out = RowsOfSet(set, split.narrow(0, 0, num_holdout));
  NoiseRngs rngs = {Rng(DeriveSeed(seed, "noise")), Rng(DeriveSeed(seed, "action noise"))};
  // The same in every epoch, so that scores differ by the model alone.
  DrawNoise(rngs, {num_holdout}, &held_out);

  constexpr double kNever = std::numeric_limits<double>::infinity();
  Scores best = {std::vector<double>(members, kNever), std::vector<double>(members, kNever)};
  const at::Tensor kept = ensemble_->parameters().clone();
  Rng order_rng(DeriveSeed(seed, "order"));
  const int64_t steps_before = gradient_steps_;
  int64_t epochs_without_improvement = 0;
  std::unique_ptr<Reference2022Gradients> reference;
  if (info_.reference_2022) {
    reference = std::make_unique<Reference2022Gradients>(train_rows, members, num_holdout,
                                                         set.value_gradients.size(0),
                                                         set.value_gradients.size(2), order_rng);
    best = ScoreHoldout(held_out, reference.get());
    for (double& score : best.score) score = std::isfinite(score) ? score : kNever;
  }
  bool ever_improved = false;
  while (result.epochs < options_.max_epochs && epochs_without_improvement < options_.patience) {
    at::Tensor order;
    if (reference) {
      order = reference->NextEpoch(order_rng);
    } else {
      std::vector<at::Tensor> orders;
      for (int64_t k = 0; k < members; ++k) {
        orders.push_back(train_rows.index_select(0, RandomOrder(order_rng, train_rows.size(0))));
      }
      order = at::stack(orders);
    }
    result.train_loss = TrainEpoch(set, order, result.epochs, rngs, reference.get());

    const Scores now = ScoreHoldout(held_out, reference.get());
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
    if (reference) {
      // All members are kept as they are now when any has improved, or none has so far.
      if (improved || !ever_improved) {
        kept.copy_(ensemble_->parameters());
        best.state_mse = now.state_mse;
      }
      for (int64_t k = 0; improved && k < members; ++k) {
        best.score[k] = std::fmin(best.score[k], now.score[k]);
      }
      ever_improved = ever_improved || improved;
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

void ModelTraining::SaveState(v1::ModelServerState* state) const {
  *state->mutable_optimizer() = optimizer_.SaveState();
  state->set_trainings(trainings_);
  state->set_gradient_steps(gradient_steps_);
}

absl::Status ModelTraining::RestoreState(const v1::ModelServerState& state) {
  RETURN_IF_ERROR(optimizer_.RestoreState(state.optimizer()));
  trainings_ = state.trainings();
  gradient_steps_ = state.gradient_steps();
  return absl::OkStatus();
}

}  // namespace vagram
