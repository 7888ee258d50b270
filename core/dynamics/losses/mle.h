#ifndef CORE_DYNAMICS_LOSSES_MLE_H_
#define CORE_DYNAMICS_LOSSES_MLE_H_

#include "core/dynamics/model_loss.h"

namespace vagram {

// Maximum likelihood: twice the negative log-likelihood of a Gaussian with diagonal covariance,
// without constants, over next state and reward together:
//   sum_n (mu_n - y_n)^2 exp(-lv_n) + lv_n        (Chua 2018, equation 1; Janner 2019)
// Takes the log-variances as given; the ensemble bounds them. Wants a probabilistic ensemble.
class MleLoss : public ModelLoss {
 public:
  Value Compute(const Prediction& prediction, const Target& target) const override;

  // The squared error of the means, as Janner 2019 has it: a likelihood may be of either sign, so
  // that its relative improvement says nothing.
  at::Tensor HoldoutScore(const Prediction& prediction, const Target& target) const override;
};

}  // namespace vagram

#endif  // CORE_DYNAMICS_LOSSES_MLE_H_
