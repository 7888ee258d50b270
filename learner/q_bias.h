#ifndef LEARNER_Q_BIAS_H_
#define LEARNER_Q_BIAS_H_

#include "absl/status/statusor.h"
#include "learner/sac/agent_options.h"
#include "learner/sac/sac.h"
#include "proto/learner.pb.h"

namespace vagram {

// How much more an evaluation's episodes earned than the critics had promised: the mean over
// episodes of
//   sum_t gamma^t r_t + gamma^L V(s_L) - V(s_0),    V(s) = (1/J) sum_j Q_j(s, a_pi(s))
// without the middle term where the task ended the episode (terminated), with it where the time
// limit did. As evaluations act by the policy's mean, V(s_0) is Q of the first action taken. Below
// 0: the critics overestimate. They also count the entropy that the policy is paid for in training,
// which no return shows: some of a negative bias is that.
//   INVALID_ARGUMENT: an answer that lacks its discounted returns or observations.
absl::StatusOr<double> EvaluatedQBias(const SacOptions& options, const CriticSnapshot& critics,
                                      const v1::EvaluateReply& reply);

}  // namespace vagram

#endif  // LEARNER_Q_BIAS_H_
