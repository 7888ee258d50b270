#ifndef CORE_DYNAMICS_ENSEMBLE_H_
#define CORE_DYNAMICS_ENSEMBLE_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/dynamics/model_loss.h"
#include "core/dynamics/normalizer.h"
#include "core/nn/activation.h"
#include "core/nn/mlp.h"

namespace vagram {

// K networks that each predict the next state and the reward from (s, a), and, when probabilistic,
// the logarithm of their variance. The networks' outputs y are the change of state (or the next
// state itself) and the reward, or these with mean 0 and deviation 1 (see Options); predictions are
// in the task's own units either way. One flat buffer holds all parameters: the networks' (laid out
// as StackedMlp says; n + 1 outputs y and, when probabilistic, n + 1 raw log-variances), then, when
// probabilistic, the upper and the lower bounds of the log-variance, [K, 1, n + 1] each. Everything
// float32.
//
// Log-variances are bounded softly by learned bounds (Chua 2018, appendix A.1):
//   lv <- max - softplus(max - lv);  lv <- min + softplus(lv - min)
// with the penalty 0.01 (sum max - sum min) in training. Every member has bounds of its own, so
// that it can be kept, restored and used apart from the others. Not thread-safe: one owner, one
// thread at a time.
class Ensemble {
 public:
  struct Options {
    int obs_dim = 0;
    int act_dim = 0;
    int members = 7;
    std::vector<int64_t> hidden_sizes = {200, 200, 200, 200};  // none: linear models
    Activation activation = Activation::kSilu;
    bool probabilistic = false;
    bool predict_next_state = false;  // outputs are s' and r, else s' - s and r
    bool normalize_targets = false;   // outputs are target_scaling()'s: (y - mean) / std
  };

  // A new ensemble with weights drawn from `seed` (TruncatedNormalParameters), a normalizer that
  // changes nothing, and every member an elite.   INVALID_ARGUMENT: sizes that are not positive.
  static absl::StatusOr<std::unique_ptr<Ensemble>> Create(const Options& options, uint64_t seed);

  // How many elements parameters() of such an ensemble has.
  static int64_t NumParameters(const Options& options);

  // What every member predicts. states [B, n] and actions [B, m], the same for all members, or
  // [K, B, ...] each. The tensors returned are the caller's.
  Prediction Predict(const at::Tensor& states, const at::Tensor& actions);

  // The loss on a batch, which comes in the task's units, a scalar without gradient; the loss is
  // computed in target_units(). Writes into `gradient` (flat, like
  // parameters()) the gradient of every member's own loss by its parameters, that is, of K times
  // the mean over members, so that a member's training does not depend on how many there are.
  at::Tensor LossAndGradient(const ModelLoss& loss, const Target& batch,
                             const at::Tensor& gradient);

  // A copy of one member as an ensemble of its own.
  std::unique_ptr<Ensemble> CopyMember(int member) const;

  // A copy of some members, in this order, on `device`, where it then wants its inputs.
  std::unique_ptr<Ensemble> CopyMembers(absl::Span<const int> members,
                                        const at::Device& device) const;

  // Copies one member's parameters into the same places of `flat`, a buffer like parameters().
  void SaveMember(int member, const at::Tensor& flat) const;

  const Options& options() const { return options_; }
  const at::Tensor& parameters() const { return parameters_; }

  // The two parts of a buffer like parameters(): the networks, and the log-variance bounds (no
  // elements when deterministic).
  at::Tensor NetworkPart(const at::Tensor& flat) const;
  at::Tensor BoundsPart(const at::Tensor& flat) const;

  const MlpShape& network_shape() const { return networks_.shape(); }

  // Fits the normalizer of the inputs and, with normalize_targets, the scaling of the targets to
  // transitions: states [N, n], actions [N, m], next states [N, n], rewards [N, 1]. The networks
  // keep their weights, so that what they predict shifts a little until they are trained on.
  void FitNormalizers(const at::Tensor& states, const at::Tensor& actions,
                      const at::Tensor& next_states, const at::Tensor& rewards);

  Normalizer& normalizer() { return normalizer_; }
  const Normalizer& normalizer() const { return normalizer_; }

  // Mean and deviation of what the networks are to say, [n + 1] each, the reward last; 0 and 1
  // without normalize_targets. An entry that does not vary has deviation 1.
  Normalizer& target_scaling() { return target_scaling_; }
  const Normalizer& target_scaling() const { return target_scaling_; }

  // The units that losses measure in (InTargetUnits): the targets' deviations, [n + 1]; undefined,
  // which is the task's units, without normalize_targets.
  at::Tensor target_units() const;

  // The members that imagination uses, best first.
  const std::vector<int>& elites() const { return elites_; }
  void SetElites(std::vector<int> elites) { elites_ = std::move(elites); }

 private:
  Ensemble(const Options& options, at::Tensor parameters, StackedMlp networks);
  static absl::StatusOr<std::unique_ptr<Ensemble>> OnParameters(const Options& options,
                                                                at::Tensor parameters);

  // heads: the networks' outputs [K, B, n + 1 or 2 (n + 1)]. Differentiable in heads and bounds.
  Prediction Interpret(const at::Tensor& heads, const at::Tensor& bounds,
                       const at::Tensor& states) const;

  // The places of one member in a flat buffer, in the order of a one-member buffer.
  std::vector<at::Tensor> MemberParts(const at::Tensor& flat, int member) const;

  const Options options_;
  const at::Tensor parameters_;
  const StackedMlp networks_;
  Normalizer normalizer_;
  Normalizer target_scaling_;
  std::vector<int> elites_;
  // Apart, because the batch sizes differ and a workspace keeps its memory.
  MlpWorkspace predict_workspace_;
  MlpWorkspace gradient_workspace_;
};

}  // namespace vagram

#endif  // CORE_DYNAMICS_ENSEMBLE_H_
