#ifndef CORE_DYNAMICS_TARGET_UNITS_H_
#define CORE_DYNAMICS_TARGET_UNITS_H_

#include <ATen/core/Tensor.h>

#include "core/dynamics/model_loss.h"

namespace vagram {

// What a loss is given where an ensemble's targets are normalized: states and rewards measured in
// the deviations of the targets, x = s / sigma, so that no dimension, and not the reward, outweighs
// the others by its scale alone (docs/design/0013-target-normalization.md). Everything that losses
// are made of moves along: log-variances by -2 ln sigma, value gradients by the chain rule
// (dV/dx = sigma dV/ds), value functions by V(sigma x). Losses of a value's change, such as
// VagramLoss's state part, are the same number in either units; plain squared errors are not, which
// is the purpose. Nothing is shifted: losses see differences alone.
//
// units: [n + 1], state dimensions and then the reward; undefined: returns what was given.
Prediction InTargetUnits(const Prediction& prediction, const at::Tensor& units);
Target InTargetUnits(const Target& target, const at::Tensor& units);

}  // namespace vagram

#endif  // CORE_DYNAMICS_TARGET_UNITS_H_
