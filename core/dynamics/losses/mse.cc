#include "core/dynamics/losses/mse.h"

namespace vagram {

ModelLoss::Value MseLoss::Compute(const Prediction& prediction, const Target& target) const {
  return {SquaredError(prediction.next_state, target.next_state),
          SquaredError(prediction.reward, target.reward)};
}

}  // namespace vagram
