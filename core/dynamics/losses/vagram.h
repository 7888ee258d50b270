#ifndef CORE_DYNAMICS_LOSSES_VAGRAM_H_
#define CORE_DYNAMICS_LOSSES_VAGRAM_H_

#include <cstdint>

#include "core/dynamics/model_loss.h"

namespace vagram {

// Value-gradient weighted model loss: the squared error, every dimension weighted by how much the
// value functions change along it at the observed next state, and the reward's squared error:
//   (1/J) sum_j sum_n (dV_j/ds'_n)^2 (s^'_n - s'_n)^2 + (r^ - r)^2
// (Voelcker 2022, equation 7 and algorithm 1). The factor dim(S) of equation 7 is left out: it is
// one constant on the state part. The gradients arrive clipped; see value_gradients.h.
class VagramLoss : public ModelLoss {
 public:
  // Adds the plain squared error of the next state in the first `mse_warmup_epochs` epochs of the
  // first training, while the critics know little.
  explicit VagramLoss(int64_t mse_warmup_epochs) : mse_warmup_epochs_(mse_warmup_epochs) {}

  Value Compute(const Prediction& prediction, const Target& target) const override;

 private:
  const int64_t mse_warmup_epochs_;
};

// (1/J) sum_j sum_n (dV_j/ds'_n)^2 (s^'_n - s'_n)^2, per member and transition: [K, B].
at::Tensor GradientWeightedError(const Prediction& prediction, const Target& target);

}  // namespace vagram

#endif  // CORE_DYNAMICS_LOSSES_VAGRAM_H_
