#ifndef CORE_DYNAMICS_LOSSES_ITERVAML_SOFT_H_
#define CORE_DYNAMICS_LOSSES_ITERVAML_SOFT_H_

#include "core/dynamics/losses/itervaml.h"

namespace vagram {

// IterVamlLoss with the value that soft actor-critic backs up, entropy included:
//   V_j(s) = E_{a ~ pi(.|s)} [Q_j(s, a) - alpha log pi(a|s)]
//   (1/J) sum_j (V_j(s') - E V_j(s^'))^2 + lambda |s^' - s'|^2 + (r^ - r)^2
// (Voelcker 2022, appendix C, equation 17). The expectations are means over the S =
// model.itervaml_samples draws of Target::action_noise, a = tanh(mu(s) + sigma(s) noise); s' and
// s^' share each draw (common random numbers), so that the difference is 0 where the states are
// equal, however few the draws. On a probabilistic ensemble draw i of the action goes with draw i
// of the next state. Policy and alpha are constants of the critics' snapshot. What is
// differentiated is the state in Q_j(s, a), the action and its probability held constant, or, with
// model.value_gradient_through_policy, in both terms and through a(s).
class IterVamlSoftLoss : public IterVamlLoss {
 public:
  explicit IterVamlSoftLoss(double mse_weight) : IterVamlLoss(mse_weight) {}

 protected:
  at::Tensor SquaredValueError(const Prediction& prediction, const Target& target) const override;
};

}  // namespace vagram

#endif  // CORE_DYNAMICS_LOSSES_ITERVAML_SOFT_H_
