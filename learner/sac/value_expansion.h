#ifndef LEARNER_SAC_VALUE_EXPANSION_H_
#define LEARNER_SAC_VALUE_EXPANSION_H_

#include <ATen/core/Tensor.h>

namespace vagram {

// The arithmetic of value expansion, free of networks and random numbers. Any dtype and device;
// thread-safe.
//
// A path is one real step (s, a) -> s_0 and H imagined ones s_0 -> ... -> s_H, imagined step t from
// s_t with the action a_t. Shapes: [..., H] with any leading dimensions, which broadcast against
// one another; columns are counted from the real step on. A termination ends what follows it; a
// truncation has no place here, because a time limit says nothing about the value beyond it.
struct ExpandedPaths {
  at::Tensor reward;               // [..., 1] of the real step
  at::Tensor terminated;           // [..., 1], 0 or 1
  at::Tensor imagined_reward;      // [..., H]
  at::Tensor imagined_terminated;  // [..., H], 0 or 1
  // -alpha log pi(a_t|s_t), which the soft value of s_t has beside Q(s_t, a_t); undefined: none.
  at::Tensor entropy_bonus;  // [..., H]
};

// Targets of the H + 1 pairs (s, a), (s_0, a_0), ..., (s_{H-1}, a_{H-1}), each the return to the
// path's end and `last_value` [..., 1], the soft value of s_H (TD-k trick of Feinberg 2018,
// section 3.2, as soft Bellman backups):
//   y_t = r_t + gamma (1 - terminated_t) (bonus_{t+1} + y_{t+1}),  y_{H+1} = V(s_H), its bonus in
//   it.
// Meaningless where TdKMask is 0. [..., H + 1].
at::Tensor TdKTargets(const ExpandedPaths& paths, const at::Tensor& last_value, double discount);

// 1 for the pairs before and at the path's termination, 0 for those behind it. [..., H + 1].
at::Tensor TdKMask(const ExpandedPaths& paths);

// h-step targets of the real pair, h = 0..H: rewards and bonuses up to s_h and then its soft value,
// values [..., H + 1] of s_0..s_H. Column 0 is SAC's own target. [..., H + 1].
at::Tensor HorizonCandidates(const ExpandedPaths& paths, const at::Tensor& values, double discount);

// Weights of the horizons by the inverse of the variance of their candidates [N, ..., H + 1] over
// N estimates (STEVE, Buckman 2018, section 3). They sum to 1 and are equal where no candidate
// varies, as behind a real termination. [..., H + 1].
at::Tensor InverseVarianceWeights(const at::Tensor& candidates);

}  // namespace vagram

#endif  // LEARNER_SAC_VALUE_EXPANSION_H_
