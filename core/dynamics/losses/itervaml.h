#ifndef CORE_DYNAMICS_LOSSES_ITERVAML_H_
#define CORE_DYNAMICS_LOSSES_ITERVAML_H_

#include "core/dynamics/model_loss.h"

namespace vagram {

// Iterative value-aware model learning: the squared error of the values of the predicted next
// state, a little of the state's own squared error, and the reward's:
//   (1/J) sum_j (V_j(s') - E V_j(s^'))^2 + lambda |s^' - s'|^2 + (r^ - r)^2
// (Voelcker 2022, equation 2, of Farahmand 2018; the term with lambda from appendix D.1). Without
// it, lambda 0, a prediction far from the data costs nothing where the value functions happen to
// extrapolate to the right value. Wants Target::value_functions.
//
// The expectation is the value at the prediction where the ensemble is deterministic; else the mean
// over the samples mu + sigma * Target::noise, differentiable in both, and the squared errors are
// those of the means. The reward's part is then its likelihood, as in MleLoss, because nothing else
// tells the ensemble the reward's variance, which imagination samples with. With S samples the loss
// is too large by 1/S of the value's variance. With Target::action_noise the value functions sample
// the policy's action, the same draw at s' and s^' ([1, K, B, m]).
class IterVamlLoss : public ModelLoss {
 public:
  // mse_weight: lambda, at least 0.
  explicit IterVamlLoss(double mse_weight) : mse_weight_(mse_weight) {}

  Value Compute(const Prediction& prediction, const Target& target) const override;

  // With the reward's squared error for either kind of ensemble: a likelihood may be of either
  // sign, so that its relative improvement says nothing.
  at::Tensor HoldoutScore(const Prediction& prediction, const Target& target) const override;

 protected:
  // (V_j(s') - E V_j(s^'))^2: [J, K, B].
  virtual at::Tensor SquaredValueError(const Prediction& prediction, const Target& target) const;

 private:
  const double mse_weight_;
};

// Draws of the next state: mu + sigma * Target::noise of a probabilistic ensemble, [S, K, B, n];
// the prediction itself, [K, B, n], of a deterministic one.
at::Tensor NextStateSamples(const Prediction& prediction, const Target& target);

}  // namespace vagram

#endif  // CORE_DYNAMICS_LOSSES_ITERVAML_H_
