#ifndef LEARNER_LEARNED_MODEL_H_
#define LEARNER_LEARNED_MODEL_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/random.h"
#include "core/dynamics/elite_steps.h"
#include "core/dynamics/ensemble.h"
#include "core/env/task.h"
#include "core/replay/transition_batch.h"
#include "learner/sac/critic_targets.h"
#include "learner/sac/sac.h"
#include "learner/sac/soft_values.h"
#include "proto/checkpoint.pb.h"
#include "proto/model_server.pb.h"
#include "proto/spec.pb.h"

namespace vagram {

// The model server's ensemble as SAC's updates use it, on SAC's device: for critic targets that
// look some imagined steps ahead (`sac.target`, docs/design/0014-value-expansion.md), and for
// batches with some on-policy model data (`imagine.one_step_share`). Actions are drawn from the
// current policy: SAC keeps no target policy. Nothing of it may be used before the first Load.
// Not thread-safe.
class LearnedModel : public CriticTargets {
 public:
  // Whether a trial's updates use the model themselves.
  static bool IsUsed(const v1::TrialConfig& config);

  // `sac` and `task` must outlive it.
  //   INVALID_ARGUMENT, NOT_FOUND: names the field that is impossible.
  static absl::StatusOr<std::unique_ptr<LearnedModel>> Create(const v1::TrialConfig& config,
                                                              const Task& task, const Sac& sac);

  // Takes the model of a training.   INVALID_ARGUMENT: not an ensemble of this configuration.
  absl::Status Load(const v1::GetModelResponse& model);
  bool loaded() const { return version_ > 0; }
  bool expands() const { return target_ != Target::kOneStep; }  // Expand may be called

  // `mve`: every pair of the path with its TD-k target, in the mean over all pairs before and at a
  // termination (Feinberg 2018). `steve`: the real pairs with their mixed targets (Buckman 2018).
  // A row whose path leaves the finite numbers counts for nothing.
  CriticExamples Expand(const SacBatch& batch, const at::Tensor& temperature,
                        const at::Tensor& subset) override;

  // Gives the first `rows` transitions a fresh action of the policy and the model's outcome in
  // place of what was done and seen (MAD-TD, Voelcker 2025). Predictions that are not finite leave
  // the transition as it is. The columns that follow from the state are replaced; `truncated` is 0.
  void TakeOwnSteps(int64_t rows, TransitionBatch* batch);

  // The model, its generators and the metrics so far, and back.
  //   INVALID_ARGUMENT: not the state of a model of this configuration.
  v1::LearnedModelState SaveState() const;
  absl::Status RestoreState(const v1::LearnedModelState& state);

  // Means since the last call by name: `expansion/path_length` of mve, the imagined pairs that
  // count per real one; `expansion/weight_h0`.. of steve. Nothing before the first update.
  std::vector<std::pair<std::string, double>> TakeMetrics();

 private:
  enum class Target { kOneStep, kMve, kSteve };
  LearnedModel(const v1::TrialConfig& config, const Task& task, const at::Device& device,
               std::unique_ptr<Ensemble> ensemble, const SoftValues& values);

  CriticExamples ExpandMve(const SacBatch& batch, const at::Tensor& temperature,
                           const at::Tensor& subset);
  CriticExamples ExpandSteve(const SacBatch& batch, const at::Tensor& temperature,
                             const at::Tensor& subset);
  at::Tensor DrawNoise(Rng& rng, int64_t rows) const;  // [rows, act_dim]

  const v1::TrialConfig config_;
  const Task& task_;
  const at::Device device_;
  const Target target_;
  const int64_t horizon_;
  const double discount_;
  const std::unique_ptr<Ensemble> ensemble_;  // all members, on the CPU
  SoftValues values_;                         // a batch's rows
  SoftValues elite_values_;                   // as many for every elite
  SoftValues own_step_values_;
  Rng noise_rng_;
  Rng own_step_rng_;
  Rng dropout_rng_;  // of the target critics

  int64_t version_ = 0;
  // Apart, because their batch sizes differ and each keeps its memory. Made by Load.
  std::unique_ptr<EliteSteps> steps_;
  std::unique_ptr<EliteSteps> own_steps_;

  at::Tensor sums_;  // of the metrics, on the device
  int64_t updates_ = 0;
};

}  // namespace vagram

#endif  // LEARNER_LEARNED_MODEL_H_
