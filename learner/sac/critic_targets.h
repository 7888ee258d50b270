#ifndef LEARNER_SAC_CRITIC_TARGETS_H_
#define LEARNER_SAC_CRITIC_TARGETS_H_

#include <ATen/core/Tensor.h>

#include "learner/sac/losses.h"

namespace vagram {

// What the critics of one update are trained on, in place of a batch with its one-step targets.
struct CriticExamples {
  SacBatch pairs;     // state [rows, obs_dim] and action [rows, act_dim]; nothing else
  at::Tensor target;  // [rows, 1]
  at::Tensor weight;  // [rows, 1] of the squared errors; sums to 1
};

// Makes the critics' examples of an update. Not thread-safe.
class CriticTargets {
 public:
  virtual ~CriticTargets() = default;

  // Of the batch's transitions, under the networks as they are; temperature: alpha [1]; subset: the
  // target critics that count, int64 [count], or all where it is undefined. The result is good
  // until the next call.
  virtual CriticExamples Expand(const SacBatch& batch, const at::Tensor& temperature,
                                const at::Tensor& subset) = 0;
};

}  // namespace vagram

#endif  // LEARNER_SAC_CRITIC_TARGETS_H_
