#include "learner/q_bias.h"

#include <ATen/ATen.h>

#include "core/nn/array_codec.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

SacOptions Options() {
  SacOptions options;
  options.obs_dim = 2;
  options.act_dim = 1;
  options.act_low = {-1};
  options.act_high = {1};
  options.hidden_sizes = {1};
  options.discount = 0.5;
  return options;
}

// Every critic says relu(3 s_0); the policy does nothing.
CriticSnapshot Critics() {
  CriticSnapshot snapshot;
  snapshot.actor = at::zeros({SacActorShape(Options()).num_parameters()});
  const MlpShape shape = SacCriticShape(Options());
  snapshot.critics = at::zeros({shape.num_parameters()});
  const int64_t k = shape.networks;
  const at::Tensor first_layer = snapshot.critics.narrow(0, 0, 3 * k).view({k, 3});
  first_layer.select(1, 0).fill_(3);
  snapshot.critics.narrow(0, 3 * k + k, k).fill_(1);
  return snapshot;
}

v1::Array Observations(float a, float b) {
  return ArrayFromTensor(at::tensor({a, 0.0f, b, 0.0f}).view({2, 2}));
}

TEST(QBiasTest, ComparesWhatWasEarnedWithWhatWasPromised) {
  v1::EvaluateReply reply;
  for (double value : {10.0, 20.0}) {
    reply.add_returns(value);
    reply.add_discounted_returns(value / 2);
    reply.add_lengths(2);
  }
  reply.add_terminated(true);
  reply.add_terminated(false);
  *reply.mutable_first_observation() = Observations(1, 2);
  *reply.mutable_last_observation() = Observations(100, 4);
  const auto bias = EvaluatedQBias(Options(), Critics(), reply);
  ASSERT_THAT(bias.status(), IsOk());
  // The first episode ended, the second goes on with gamma^2 V(4) = 3.
  EXPECT_NEAR(*bias, ((5 - 3.0) + (10 + 3.0 - 6)) / 2, 1e-6);
}

TEST(QBiasTest, RefusesAnswersThatLackWhatItNeeds) {
  v1::EvaluateReply reply;
  reply.add_returns(1);
  reply.add_lengths(1);
  EXPECT_THAT(EvaluatedQBias(Options(), Critics(), reply).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0 discounted returns")));
  reply.add_discounted_returns(1);
  reply.add_terminated(true);
  EXPECT_THAT(EvaluatedQBias(Options(), Critics(), reply).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("first observations")));
}

}  // namespace
}  // namespace vagram
