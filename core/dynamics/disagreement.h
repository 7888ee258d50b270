#ifndef CORE_DYNAMICS_DISAGREEMENT_H_
#define CORE_DYNAMICS_DISAGREEMENT_H_

#include <ATen/core/Tensor.h>

namespace vagram {

// How far the members of an ensemble are apart about where an action leads, a sign of how little
// the data says of it: the deviation over members of the mean of the next state, per dimension in
// units of the deviation of that dimension in the data, root mean square over dimensions:
//   u(s, a) = sqrt((1/n) sum_n Var_k[mu_{k,n}(s, a)] / sigma_n^2)
// Kin of the uncertainties of M2AC (Pan 2020, arXiv 2010.04893) and MACURA (Frauenknecht 2024,
// arXiv 2405.19014), which compare the members' Gaussians instead: variances do not enter here, so
// that deterministic and probabilistic ensembles are judged alike, and noise of the task itself,
// about which the members agree, counts for nothing.
// means: mu [K, B, n]; deviation: sigma [n]. Returns [B], which is 0 for one member and not finite
// where a prediction is not.
at::Tensor Disagreement(const at::Tensor& means, const at::Tensor& deviation);

}  // namespace vagram

#endif  // CORE_DYNAMICS_DISAGREEMENT_H_
