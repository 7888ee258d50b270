#ifndef CORE_DYNAMICS_LOSSES_VALUE_WEIGHTED_H_
#define CORE_DYNAMICS_LOSSES_VALUE_WEIGHTED_H_

#include "core/dynamics/model_loss.h"

namespace vagram {

// Squared error, every transition weighted by the value of where it led, and the reward's:
//   w_i |s^'_i - s'_i|^2 + (r^_i - r_i)^2
// (Voelcker 2022, appendix D.1, after Nair 2020). Which weights: see value_weights.h. They are
// data, computed once per training of one critic version; wants Target::value_weights.
class ValueWeightedLoss : public ModelLoss {
 public:
  Value Compute(const Prediction& prediction, const Target& target) const override;
};

}  // namespace vagram

#endif  // CORE_DYNAMICS_LOSSES_VALUE_WEIGHTED_H_
