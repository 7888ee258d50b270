#include "actor/collector.h"

#include <cstring>

#include "core/nn/mlp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/proto_matchers.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

v1::TrialConfig PendulumConfig() {
  v1::TrialConfig config;
  config.set_seed(5);
  config.mutable_env()->set_id("Pendulum-v1");
  config.mutable_env()->set_max_episode_steps(20);
  config.mutable_sac()->add_hidden_sizes(4);
  config.mutable_sac()->set_activation("relu");
  return config;
}

v1::PolicySnapshot SomePolicy(int64_t version) {
  const int64_t size = ActorShape(3, 1, {4}, Activation::kRelu).num_parameters();
  const std::vector<float> values(size, 0.1f);
  v1::PolicySnapshot policy;
  policy.mutable_actor()->set_version(version);
  v1::Array* array = policy.mutable_actor()->mutable_values();
  array->set_dtype(v1::FLOAT32);
  array->add_shape(size);
  array->set_data(values.data(), size * sizeof(float));
  return policy;
}

v1::CollectCommand StepCommand(int64_t num_steps, bool with_policy) {
  v1::CollectCommand command;
  command.set_sequence(1);
  command.mutable_step()->set_num_steps(num_steps);
  command.mutable_step()->set_policy_version(with_policy ? 2 : 0);
  command.mutable_step()->set_uniform_actions(!with_policy);
  if (with_policy) *command.mutable_step()->mutable_policy() = SomePolicy(2);
  return command;
}

class CollectorTest : public ::testing::Test {
 protected:
  std::unique_ptr<EpisodeCollector> NewCollector() {
    auto collector = EpisodeCollector::Create(PendulumConfig(), 0, &stop_);
    EXPECT_THAT(collector.status(), IsOk());
    return std::move(*collector);
  }
  Stop stop_;
};

TEST_F(CollectorTest, TransitionsChainAndEpisodesEndByTruncation) {
  const auto reply = NewCollector()->Execute(StepCommand(45, false));
  ASSERT_THAT(reply.status(), IsOk());
  const v1::TransitionColumns& columns = reply->step().transitions();
  const float* observation = reinterpret_cast<const float*>(columns.observation().data().data());
  const float* next = reinterpret_cast<const float*>(columns.next_observation().data().data());
  for (int row = 0; row + 1 < 45; ++row) {
    const bool ended = columns.truncated().data()[row] != 0;
    EXPECT_EQ(ended, row % 20 == 19);
    EXPECT_EQ(std::memcmp(next + 3 * row, observation + 3 * (row + 1), 12) != 0, ended) << row;
    EXPECT_EQ(columns.terminated().data()[row], 0);
  }
  EXPECT_EQ(reply->step().episode_returns_size(), 2);
  EXPECT_EQ(reply->step().state().total_steps(), 45);
}

TEST_F(CollectorTest, AnotherCollectorContinuesBitForBit) {
  auto first = NewCollector();
  const auto before = first->Execute(StepCommand(27, true));
  ASSERT_THAT(before.status(), IsOk());
  auto second = NewCollector();
  v1::CollectCommand restore;
  *restore.mutable_restore() = before->step().state();
  ASSERT_THAT(second->Execute(restore).status(), IsOk());
  const auto expected = first->Execute(StepCommand(30, true));
  const auto got = second->Execute(StepCommand(30, true));
  ASSERT_THAT(got.status(), IsOk());
  EXPECT_THAT(*got, EqualsProto(*expected));
  EXPECT_EQ(got->step().transitions().first_index(), 27);
}

TEST_F(CollectorTest, EvaluationLeavesTheCollectingEnvironmentAlone) {
  auto with = NewCollector(), without = NewCollector();
  v1::CollectCommand evaluate;
  evaluate.mutable_evaluate()->set_num_episodes(2);
  evaluate.mutable_evaluate()->set_policy_version(2);
  *evaluate.mutable_evaluate()->mutable_policy() = SomePolicy(2);
  const auto reply = with->Execute(evaluate);
  ASSERT_THAT(reply.status(), IsOk());
  EXPECT_EQ(reply->evaluate().returns_size(), 2);
  EXPECT_EQ(reply->evaluate().lengths(0), 20);
  EXPECT_NE(reply->evaluate().returns(0), reply->evaluate().returns(1));
  EXPECT_THAT(*with->Execute(StepCommand(5, true)),
              EqualsProto(*without->Execute(StepCommand(5, true))));
}

TEST_F(CollectorTest, EvaluationTellsWhatTheCriticsAreJudgedBy) {
  v1::TrialConfig config = PendulumConfig();
  config.mutable_env()->set_max_episode_steps(2);
  const auto evaluate = [&](double discount) {
    config.mutable_sac()->set_discount(discount);
    v1::CollectCommand command;
    command.mutable_evaluate()->set_num_episodes(3);
    command.mutable_evaluate()->set_policy_version(2);
    *command.mutable_evaluate()->mutable_policy() = SomePolicy(2);
    return EpisodeCollector::Create(config, 0, &stop_).value()->Execute(command)->evaluate();
  };
  const v1::EvaluateReply nothing = evaluate(0), half = evaluate(0.5), all = evaluate(1);
  ASSERT_EQ(half.discounted_returns_size(), 3);
  for (int i = 0; i < 3; ++i) {
    const double first = nothing.discounted_returns(i);
    EXPECT_DOUBLE_EQ(all.discounted_returns(i), all.returns(i));
    EXPECT_NEAR(half.discounted_returns(i), first + (all.returns(i) - first) / 2, 1e-12);
    EXPECT_FALSE(half.terminated(i));
  }
  EXPECT_THAT(half.first_observation().shape(), ::testing::ElementsAre(3, 3));
  EXPECT_THAT(half.last_observation().shape(), ::testing::ElementsAre(3, 3));
  EXPECT_NE(half.first_observation().data(), half.last_observation().data());
}

TEST_F(CollectorTest, RefusesImpossibleCommands) {
  auto collector = NewCollector();
  v1::CollectCommand no_policy = StepCommand(1, true);
  no_policy.mutable_step()->clear_policy();
  EXPECT_THAT(collector->Execute(no_policy).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("has none")));
  EXPECT_THAT(collector->Execute(StepCommand(0, false)).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("asked for 0 steps")));
  EXPECT_THAT(collector->Execute(StepCommand(int64_t{1} << 40, false)).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(collector->Execute(v1::CollectCommand()).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  v1::CollectCommand bad_policy = StepCommand(1, true);
  bad_policy.mutable_step()->mutable_policy()->mutable_actor()->mutable_values()->set_data("xx");
  EXPECT_THAT(collector->Execute(bad_policy).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  v1::CollectCommand bad_state;
  bad_state.mutable_restore()->set_simulation("nonsense");
  EXPECT_THAT(collector->Execute(bad_state).status(), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(collector->Execute(StepCommand(1, false)).status(), IsOk());
}

}  // namespace
}  // namespace vagram
