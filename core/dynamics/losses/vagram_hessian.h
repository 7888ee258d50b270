#ifndef CORE_DYNAMICS_LOSSES_VAGRAM_HESSIAN_H_
#define CORE_DYNAMICS_LOSSES_VAGRAM_HESSIAN_H_

#include "core/dynamics/model_loss.h"

namespace vagram {

// Value-aware model loss to second order: VagramTaylorLoss and a bound on what its expansion leaves
// out, for value functions whose Hessian's norm is at most M, and the reward's squared error:
//   (1/J) sum_j 2 (sum_n dV_j/ds'_n (s^'_n - s'_n))^2 + (M^2 / 2) |s^' - s'|^4 + (r^ - r)^2
// (Voelcker 2022, appendix A, equation 12). With M above 0 the only minimum is at s'. The gradients
// arrive clipped; see value_gradients.h.
class VagramHessianLoss : public ModelLoss {
 public:
  // hessian_bound: M, at least 0.
  explicit VagramHessianLoss(double hessian_bound) : hessian_bound_(hessian_bound) {}

  Value Compute(const Prediction& prediction, const Target& target) const override;

 private:
  const double hessian_bound_;
};

}  // namespace vagram

#endif  // CORE_DYNAMICS_LOSSES_VAGRAM_HESSIAN_H_
