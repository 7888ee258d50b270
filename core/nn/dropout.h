#ifndef CORE_NN_DROPOUT_H_
#define CORE_NN_DROPOUT_H_

#include <ATen/core/Tensor.h>

#include "core/base/random.h"

namespace vagram {

// Hidden units that a training pass leaves out (Srivastava 2014): each with this probability, drawn
// anew for every pass, network and row; those kept are divided by 1 - probability.
struct Dropout {
  double probability = 0;  // [0, 1); 0: none
  Rng* rng = nullptr;      // not owned; needed above 0
};

// Fills `keep`, of any device, with 0 for a unit left out and 1 / (1 - probability) otherwise. The
// draws do not depend on the device or the element type.
void DrawKeep(const Dropout& dropout, const at::Tensor& keep);

}  // namespace vagram

#endif  // CORE_NN_DROPOUT_H_
