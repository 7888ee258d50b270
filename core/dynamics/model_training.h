#ifndef CORE_DYNAMICS_MODEL_TRAINING_H_
#define CORE_DYNAMICS_MODEL_TRAINING_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/random.h"
#include "core/dynamics/ensemble.h"
#include "core/dynamics/ensemble_optimizer.h"
#include "core/dynamics/loss_catalog.h"
#include "core/dynamics/losses/make_loss.h"
#include "core/dynamics/model_loss.h"
#include "core/dynamics/reference_2022_gradients.h"
#include "proto/checkpoint.pb.h"

namespace vagram {

// The transitions to train on, float32.
struct TrainingSet {
  at::Tensor states;           // [N, n]
  at::Tensor actions;          // [N, m]
  at::Tensor next_states;      // [N, n]
  at::Tensor rewards;          // [N, 1]
  at::Tensor value_gradients;  // [J, N, n], raw; undefined for losses that want none
  std::shared_ptr<const StateValueFunctions> value_functions;  // float32; null likewise
  // Standard normal [N, m], by which value functions sample the policy's action; undefined where
  // they take its mean.
  at::Tensor action_noise;
  at::Tensor value_weights;  // [N, 1], which the training fills in for losses that want them
};

// After each epoch.
struct TrainingProgress {
  int64_t epoch = 0;         // from 0
  double train_loss = 0;     // mean over the epoch's batches
  double holdout_score = 0;  // mean over members
};

struct TrainingResult {
  int64_t epochs = 0;
  int64_t gradient_steps = 0;
  double train_loss = 0;               // of the last epoch
  std::vector<double> holdout_scores;  // [members], each at its best
  std::vector<int> elites;             // best first
  double clipped_share = 0;            // of value gradients; 0 without
  double gradient_norm_median = 0;     // of the raw value gradients; 0 without
  double holdout_mse = 0;  // sum over dimensions of the next state's squared error, elites' mean
};

// Trains an ensemble again and again as the replay grows, each time from where the last one ended,
// Adam's moments included. One training (as in the code of Janner 2019): a random part of
// the transitions is held out; every epoch each member goes through the rest in an order of its
// own; a member whose holdout score has improved by more than the threshold is kept; when no member
// has for `patience` epochs, every member returns to what was kept of it, and the best become
// elites. A loss that is marked so (loss_catalog.h) is trained as the code of Voelcker 2022 does it
// instead: bootstrap samples and their gradients as in reference_2022_gradients.h; the score before
// the first epoch counts; all members are kept as they are when any has improved.
//
// With Ensemble::Options::normalize_targets every training first fits the targets' scaling to its
// transitions, as it does the inputs' in any case, and losses and scores are measured in these
// units; holdout_mse stays in the task's. The same set, seed and starting point give the same bits
// on one thread. Not thread-safe.
class ModelTraining {
 public:
  // Names and meanings as in v1::ModelConfig.
  struct Options {
    std::string loss;
    LossOptions loss_options;
    int elites = 5;
    double learning_rate = 1e-3;
    double weight_decay = 0;
    std::vector<double> layer_weight_decay;  // none: weight_decay everywhere
    int64_t batch_size = 256;
    double holdout_ratio = 0.2;
    int64_t patience = 5;
    double improvement_threshold = 0.01;
    int64_t max_epochs = 100;
    double gradient_clip_quantile = 0.95;
    std::string value_gradient_scale = "raw";  // or "unit"
    std::string value_weighting = "inverse";   // or "reference_2022"
  };

  // As in Janner 2019: more are not needed to rank the members.
  static constexpr int64_t kMaxHoldout = 5000;

  // `ensemble` must outlive the training.
  //   NOT_FOUND: no such loss.   INVALID_ARGUMENT: an option out of range, more elites than
  //   members, or a loss that does not fit the kind of ensemble.
  static absl::StatusOr<std::unique_ptr<ModelTraining>> Create(const Options& options,
                                                               Ensemble* ensemble);

  // One training. `progress` may be null; its error ends the training, the ensemble left as the
  // last whole epoch made it and the elites as they were.
  //   INVALID_ARGUMENT: shapes that do not fit, value gradients missing or not finite,
  //   value functions missing.
  //   FAILED_PRECONDITION: fewer than 2 transitions.
  //   INTERNAL: fewer members than there should be elites have a finite holdout score.
  absl::StatusOr<TrainingResult> Train(
      const TrainingSet& set, uint64_t seed,
      const std::function<absl::Status(const TrainingProgress&)>& progress);

  // What later trainings depend on besides the ensemble, and back: sets `optimizer`, `trainings`
  // and `gradient_steps`.   INVALID_ARGUMENT: of an ensemble of another shape.
  void SaveState(v1::ModelServerState* state) const;
  absl::Status RestoreState(const v1::ModelServerState& state);

 private:
  ModelTraining(const Options& options, const LossInfo& info, std::unique_ptr<ModelLoss> loss,
                Ensemble* ensemble);

  absl::Status CheckSet(const TrainingSet& set) const;

  // Where the noise of one training comes from.
  struct NoiseRngs {
    Rng state;
    Rng action;
  };

  // Target::noise and action_noise for batches of `sizes` ([rows] or [K, rows]), by `rngs`, where
  // they are drawn anew for every batch.
  void DrawNoise(NoiseRngs& rngs, std::vector<int64_t> sizes, Target* batch) const;

  // Fills in set->value_gradients and value_weights as the loss wants them.
  absl::Status PrepareValues(TrainingSet* set, TrainingResult* result) const;

  // One pass of every member over its row of `order` [K, N]; `reference` may be null. Returns the
  // mean loss.
  double TrainEpoch(const TrainingSet& set, const at::Tensor& order, int64_t epoch, NoiseRngs& rngs,
                    Reference2022Gradients* reference);

  // Per member: the loss's holdout score, and the squared error of the next state.
  struct Scores {
    std::vector<double> score;
    std::vector<double> state_mse;
  };
  Scores ScoreHoldout(const Target& held_out, Reference2022Gradients* reference);

  const Options options_;
  const LossInfo info_;
  const std::unique_ptr<ModelLoss> loss_;
  Ensemble* const ensemble_;
  const at::Tensor gradient_;  // like the ensemble's parameters
  EnsembleOptimizer optimizer_;
  int64_t trainings_ = 0;
  int64_t gradient_steps_ = 0;
};

}  // namespace vagram

#endif  // CORE_DYNAMICS_MODEL_TRAINING_H_
