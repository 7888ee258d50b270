#ifndef CORE_DYNAMICS_LOSSES_VAGRAM_TAYLOR_H_
#define CORE_DYNAMICS_LOSSES_VAGRAM_TAYLOR_H_

#include "core/dynamics/model_loss.h"

namespace vagram {

// First-order value-aware model loss: the squared change of the value functions that the error of
// the next state makes, by their Taylor expansion at the observed next state, and the reward's
// squared error:
//   (1/J) sum_j (sum_n dV_j/ds'_n (s^'_n - s'_n))^2 + (r^ - r)^2
// (Voelcker 2022, equation 5). It has spurious minima (appendix B): a prediction may lie anywhere
// on the plane through s' that the gradients stand on, far from where the expansion holds, and
// costs nothing. VagramLoss bounds this loss from above, up to the factor dim(S), and has only the
// minimum at s' in the dimensions that the value depends on. The gradients arrive clipped; see
// value_gradients.h.
class VagramTaylorLoss : public ModelLoss {
 public:
  Value Compute(const Prediction& prediction, const Target& target) const override;
};

// sum_n dV_j/ds'_n (s^'_n - s'_n): what the error of the next state does to value function j, to
// first order. [J, K, B].
at::Tensor FirstOrderValueError(const Prediction& prediction, const Target& target);

}  // namespace vagram

#endif  // CORE_DYNAMICS_LOSSES_VAGRAM_TAYLOR_H_
