#ifndef CORE_DYNAMICS_LOSSES_MSE_H_
#define CORE_DYNAMICS_LOSSES_MSE_H_

#include "core/dynamics/model_loss.h"

namespace vagram {

// Squared error of the next state and the reward:
//   |s^' - s'|^2 + (r^ - r)^2        (Voelcker 2022, appendix F)
class MseLoss : public ModelLoss {
 public:
  Value Compute(const Prediction& prediction, const Target& target) const override;
};

}  // namespace vagram

#endif  // CORE_DYNAMICS_LOSSES_MSE_H_
