#include "learner/q_bias.h"

#include <ATen/ATen.h>

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/dynamics/value_functions.h"
#include "core/nn/action_range.h"
#include "core/nn/array_codec.h"

namespace vagram {

absl::StatusOr<double> EvaluatedQBias(const SacOptions& options, const CriticSnapshot& critics,
                                      const v1::EvaluateReply& reply) {
  const int64_t episodes = reply.returns_size();
  if (reply.discounted_returns_size() != episodes || reply.lengths_size() != episodes ||
      reply.terminated_size() != episodes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the actor answered ", episodes, " evaluation episodes with ",
        reply.discounted_returns_size(), " discounted returns, ", reply.lengths_size(),
        " lengths and ", reply.terminated_size(), " ends; run the same version everywhere"));
  }
  ASSIGN_OR_RETURN(const at::Tensor first,
                   TensorFromArray(reply.first_observation(), v1::FLOAT32,
                                   {episodes, options.obs_dim}, "first observations"));
  ASSIGN_OR_RETURN(const at::Tensor last,
                   TensorFromArray(reply.last_observation(), v1::FLOAT32,
                                   {episodes, options.obs_dim}, "last observations"));
  ASSIGN_OR_RETURN(StackedMlp actor,
                   StackedMlp::Create(SacActorShape(options), critics.actor.to(at::kCPU)));
  ASSIGN_OR_RETURN(StackedMlp stack,
                   StackedMlp::Create(SacCriticShape(options), critics.critics.to(at::kCPU)));
  ASSIGN_OR_RETURN(const ActionRange range, ActionRange::Create(options.act_low, options.act_high));
  ASSIGN_OR_RETURN(
      const StateValueFunctions values,
      StateValueFunctions::Create(std::move(actor), {std::move(stack)}, range, critics.version));

  const at::Tensor promised = values(first).to(at::kDouble).mean(0);
  const at::Tensor left = values(last).to(at::kDouble).mean(0);
  double sum = 0;
  for (int64_t i = 0; i < episodes; ++i) {
    double earned = reply.discounted_returns(i);
    if (!reply.terminated(i)) {
      earned += std::pow(options.discount, static_cast<double>(reply.lengths(i))) *
                left[i].item<double>();
    }
    sum += earned - promised[i].item<double>();
  }
  return sum / static_cast<double>(episodes);
}

}  // namespace vagram
