#ifndef CORE_DYNAMICS_LOSSES_ITERVAML_H_
#define CORE_DYNAMICS_LOSSES_ITERVAML_H_

#include "core/dynamics/model_loss.h"

namespace vagram {

// Iterative value-aware model learning: the squared error of the values of the predicted next
// state, a little of the state's own squared error, and the reward's:
//   (1/J) sum_j (V_j(s') - V_j(s^'))^2 + lambda |s^' - s'|^2 + (r^ - r)^2
// (Voelcker 2022, equation 2, of Farahmand 2018; the term with lambda from appendix D.1). Without
// it, lambda 0, a prediction far from the data costs nothing where the value functions happen to
// extrapolate to the right value. For deterministic ensembles: the expectation over s^' is the
// value at the prediction. Wants Target::value_functions.
class IterVamlLoss : public ModelLoss {
 public:
  // mse_weight: lambda, at least 0.
  explicit IterVamlLoss(double mse_weight) : mse_weight_(mse_weight) {}

  Value Compute(const Prediction& prediction, const Target& target) const override;

 private:
  const double mse_weight_;
};

}  // namespace vagram

#endif  // CORE_DYNAMICS_LOSSES_ITERVAML_H_
