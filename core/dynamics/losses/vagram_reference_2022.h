#ifndef CORE_DYNAMICS_LOSSES_VAGRAM_REFERENCE_2022_H_
#define CORE_DYNAMICS_LOSSES_VAGRAM_REFERENCE_2022_H_

#include <cstdint>

#include "core/dynamics/model_loss.h"

namespace vagram {

// What the published code of Voelcker 2022 computes in place of VagramLoss (pairlab/vagram,
// VAMLMLP in mbrl/models/vaml_mlp.py), given the raw value gradients g_j:
//   (1/n) (1/J) sum_j sum_n (G_jn)^2 (s^'_n - s'_n)^2 + (r^ - r)^2,   G_j = g_0 + ... + g_j
// - G is a running sum: the gradient is not zeroed between value functions.
// - The mean is taken over the n state dimensions too; the reward's error, broadcast into it, keeps
//   weight 1.
// - G_j is clipped at a quantile of the minibatch's norms, where its norm is 1e5 or more: never, in
//   practice.
// - In the trial's first epoch, the mean over all n + 1 outputs of their squared errors is added,
// in
//   training and in scores.
// Which gradients it is given from the second epoch of a training on: reference_2022_gradients.h.
// For users: docs/reference_2022.md.
class VagramReference2022Loss : public ModelLoss {
 public:
  // first_epoch_trainings: how many trainings fall in the trial's first epoch.
  VagramReference2022Loss(double clip_quantile, int64_t first_epoch_trainings)
      : clip_quantile_(clip_quantile), first_epoch_trainings_(first_epoch_trainings) {}

  Value Compute(const Prediction& prediction, const Target& target) const override;

 private:
  const double clip_quantile_;
  const int64_t first_epoch_trainings_;
};

}  // namespace vagram

#endif  // CORE_DYNAMICS_LOSSES_VAGRAM_REFERENCE_2022_H_
