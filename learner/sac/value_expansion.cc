#include "learner/sac/value_expansion.h"

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace vagram {
namespace {

// Keeps 1/variance finite; far below any variance that decides something.
constexpr double kSmallestVariance = 1e-8;

at::Tensor Column(const at::Tensor& columns, int64_t t) { return columns.select(-1, t); }

// gamma (1 - terminated).
at::Tensor Continuation(const at::Tensor& terminated, double discount) {
  return terminated.mul(-discount).add_(discount);
}

}  // namespace

at::Tensor TdKTargets(const ExpandedPaths& paths, const at::Tensor& last_value, double discount) {
  const int64_t horizon = paths.imagined_reward.size(-1);
  std::vector<at::Tensor> targets(horizon + 1);
  at::Tensor beyond = Column(last_value, 0);
  for (int64_t t = horizon - 1; t >= 0; --t) {
    targets[t + 1] = Continuation(Column(paths.imagined_terminated, t), discount)
                         .mul(beyond)
                         .add_(Column(paths.imagined_reward, t));
    // The bonus of a_t is part of the value of s_t, not of Q(s_t, a_t).
    beyond = paths.entropy_bonus.defined() ? targets[t + 1].add(Column(paths.entropy_bonus, t))
                                           : targets[t + 1];
  }
  targets[0] =
      Continuation(Column(paths.terminated, 0), discount).mul(beyond).add_(Column(paths.reward, 0));
  return at::stack(targets, -1);
}

at::Tensor TdKMask(const ExpandedPaths& paths) {
  const at::Tensor all = at::cat({paths.terminated, paths.imagined_terminated}, -1);
  const at::Tensor begun = at::ones_like(paths.terminated);
  const at::Tensor going_on = at::cumprod(1 - all.narrow(-1, 0, all.size(-1) - 1), -1);
  return at::cat({begun, going_on}, -1);
}

at::Tensor HorizonCandidates(const ExpandedPaths& paths, const at::Tensor& values,
                             double discount) {
  const int64_t horizon = paths.imagined_reward.size(-1);
  std::vector<at::Tensor> candidates(horizon + 1);
  at::Tensor paid = Column(paths.reward, 0);
  at::Tensor weight = Continuation(Column(paths.terminated, 0), discount);  // of what comes next
  for (int64_t h = 0; h <= horizon; ++h) {
    candidates[h] = weight.mul(Column(values, h)).add_(paid);
    if (h == horizon) break;
    at::Tensor soft_reward = Column(paths.imagined_reward, h);
    if (paths.entropy_bonus.defined()) {
      soft_reward = soft_reward.add(Column(paths.entropy_bonus, h));
    }
    paid = weight.mul(soft_reward).add(paid);
    weight = weight.mul(Continuation(Column(paths.imagined_terminated, h), discount));
  }
  return at::stack(candidates, -1);
}

at::Tensor InverseVarianceWeights(const at::Tensor& candidates) {
  const at::Tensor inverse =
      candidates.var({0}, /*unbiased=*/false).add_(kSmallestVariance).reciprocal_();
  return inverse.div(inverse.sum({-1}, /*keepdim=*/true));
}

}  // namespace vagram
