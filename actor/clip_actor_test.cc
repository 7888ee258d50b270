#include "actor/clip_actor.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/env/task.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

constexpr int kHidden = 4;

// A network of zeros but for the last bias: the same action everywhere.
v1::PolicyFile ConstantPolicy(float pre_tanh) {
  v1::PolicyFile file;
  file.mutable_config()->mutable_env()->set_id("Pendulum-v1");
  file.mutable_config()->mutable_sac()->add_hidden_sizes(kHidden);
  file.mutable_config()->mutable_sac()->set_activation("relu");
  file.mutable_env()->set_id("Pendulum-v1");
  file.mutable_env()->set_obs_dim(3);
  file.mutable_env()->set_act_dim(1);
  std::vector<float> parameters(3 * kHidden + kHidden + 2 * kHidden + 2, 0.0f);
  parameters[parameters.size() - 2] = pre_tanh;  // the mean's bias; the deviation's is the last
  v1::Array& values = *file.mutable_policy()->mutable_actor()->mutable_values();
  values.set_dtype(v1::FLOAT32);
  values.add_shape(static_cast<int64_t>(parameters.size()));
  values.set_data(parameters.data(), 4 * parameters.size());
  return file;
}

TEST(ClipActorTest, APolicyActsWithItsMeanInTheTasksRange) {
  const auto actor = PolicyActor(ConstantPolicy(0.3f), **FindTask("Pendulum-v1"));
  ASSERT_THAT(actor, IsOk());
  const auto action = (*actor)(std::vector<float>{1, 0, 0});
  ASSERT_THAT(action, IsOk());
  ASSERT_EQ(action->size(), 1u);
  EXPECT_NEAR((*action)[0], 2 * std::tanh(0.3), 1e-6);
}

TEST(ClipActorTest, RefusesAnotherTask) {
  EXPECT_THAT(PolicyActor(ConstantPolicy(0), **FindTask("Hopper-v4")).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("Pendulum-v1")));
}

TEST(ClipActorTest, RefusesParametersOfAnotherNetwork) {
  v1::PolicyFile file = ConstantPolicy(0);
  file.mutable_config()->mutable_sac()->set_hidden_sizes(0, 2 * kHidden);
  EXPECT_THAT(PolicyActor(file, **FindTask("Pendulum-v1")).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ClipActorTest, RandomActionsFillTheBoxAndFollowTheSeed) {
  const Task& task = **FindTask("Pendulum-v1");
  const Actor one = RandomActor(task, 1), same = RandomActor(task, 1), other = RandomActor(task, 2);
  float least = 0, most = 0;
  for (int i = 0; i < 200; ++i) {
    const float action = (*one({}))[0];
    EXPECT_EQ(action, (*same({}))[0]);
    EXPECT_NE(action, (*other({}))[0]);
    least = std::min(least, action);
    most = std::max(most, action);
  }
  EXPECT_GE(least, -2);
  EXPECT_LE(most, 2);
  EXPECT_GT(most - least, 3.5);
}

}  // namespace
}  // namespace vagram
