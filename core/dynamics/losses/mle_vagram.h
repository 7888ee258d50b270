#ifndef CORE_DYNAMICS_LOSSES_MLE_VAGRAM_H_
#define CORE_DYNAMICS_LOSSES_MLE_VAGRAM_H_

#include "core/dynamics/losses/mle.h"
#include "core/dynamics/model_loss.h"

namespace vagram {

// Maximum likelihood with value-gradient weighted errors added (ours): MleLoss of next state and
// reward, and lambda times the state part of VagramLoss, at the means:
//   sum_n (mu_n - y_n)^2 exp(-lv_n) + lv_n
//     + lambda (1/J) sum_j sum_n (dV_j/ds'_n)^2 (mu_n - s'_n)^2
// The likelihood keeps the model right where the value functions are flat; the second term spends
// its capacity where they are steep. Wants a probabilistic ensemble. The gradients arrive clipped;
// see value_gradients.h.
class MleVagramLoss : public ModelLoss {
 public:
  // vagram_weight: lambda, at least 0.
  explicit MleVagramLoss(double vagram_weight) : vagram_weight_(vagram_weight) {}

  Value Compute(const Prediction& prediction, const Target& target) const override;

  // MleLoss's score, the squared error of the means, and lambda times the weighted one.
  at::Tensor HoldoutScore(const Prediction& prediction, const Target& target) const override;

 private:
  const MleLoss mle_;
  const double vagram_weight_;
};

}  // namespace vagram

#endif  // CORE_DYNAMICS_LOSSES_MLE_VAGRAM_H_
