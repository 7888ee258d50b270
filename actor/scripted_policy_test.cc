#include "actor/scripted_policy.h"

#include <torch/script.h>

#include <sstream>
#include <string>

#include "actor/policy_fixture.h"
#include "core/env/task.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

struct Network {
  const char* activation;
  bool layer_norm;
  bool feature_normalization;
};

v1::SacConfig Sac(const Network& network) {
  v1::SacConfig sac;
  sac.add_hidden_sizes(24);
  sac.add_hidden_sizes(16);
  sac.set_activation(network.activation);
  sac.set_layer_norm(network.layer_norm);
  sac.set_feature_normalization(network.feature_normalization);
  return sac;
}

torch::jit::Module Load(const std::string& module) {
  std::istringstream in(module);
  return torch::jit::load(in);
}

class ScriptedPolicyTest : public ::testing::TestWithParam<Network> {};

TEST_P(ScriptedPolicyTest, ActsAsThePolicyDoes) {
  for (const char* id : {"Pendulum-v1", "Hopper-v4", "Humanoid-v4"}) {
    const Task& task = **FindTask(id);
    const v1::PolicyFile file = testing::RandomPolicy(task, Sac(GetParam()), 1);
    const auto module = ScriptPolicy(file, task);
    ASSERT_THAT(module, IsOk());
    const auto error = ScriptedPolicyError(*module, file, task);
    ASSERT_THAT(error, IsOk());
    EXPECT_LE(*error, 1e-6) << id;

    const v1::PolicyFile other = testing::RandomPolicy(task, Sac(GetParam()), 2);
    EXPECT_THAT(ScriptedPolicyError(*module, other, task), IsOkAndHolds(::testing::Gt(0.1)));
  }
}

TEST_P(ScriptedPolicyTest, SamplesHaveThePolicysMeanAndStayInTheRange) {
  const Task& task = **FindTask("Pendulum-v1");
  const auto script = ScriptPolicy(testing::RandomPolicy(task, Sac(GetParam()), 3), task);
  ASSERT_THAT(script, IsOk());
  torch::jit::Module module = Load(*script);
  torch::manual_seed(0);
  const at::Tensor states = at::ones({3}).expand({20000, 3});
  const at::Tensor mean = module.forward({states[0]}).toTensor();
  const at::Tensor samples = module.get_method("sample")({states}).toTensor();
  EXPECT_EQ(samples.sizes(), (at::IntArrayRef{20000, 1}));
  EXPECT_LE(samples.abs().max().item<double>(), 2.0);
  EXPECT_GT(samples.std().item<double>(), 0.0);
  // tanh keeps the order: half of the draws are below the mean's action.
  EXPECT_NEAR(samples.lt(mean).to(at::kDouble).mean().item<double>(), 0.5, 0.02);
}

INSTANTIATE_TEST_SUITE_P(Networks, ScriptedPolicyTest,
                         ::testing::Values(Network{"relu", false, false},
                                           Network{"silu", true, false},
                                           Network{"tanh", false, true},
                                           Network{"relu", true, true}));

TEST(ScriptedPolicyAloneTest, TakesOneObservationOrManyOfAnyFloatingType) {
  const Task& task = **FindTask("Hopper-v4");
  const auto script =
      ScriptPolicy(testing::RandomPolicy(task, Sac({"relu", false, false}), 1), task);
  ASSERT_THAT(script, IsOk());
  torch::jit::Module module = Load(*script);
  const at::Tensor batch = at::randn({2, 5, 11}, at::kDouble);
  const at::Tensor actions = module.forward({batch}).toTensor();
  EXPECT_EQ(actions.sizes(), (at::IntArrayRef{2, 5, 3}));
  EXPECT_EQ(actions.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::allclose(module.forward({batch[1][2]}).toTensor(), actions[1][2]));
}

TEST(ScriptedPolicyAloneTest, SaysWhatItIsAndWhatItExpects) {
  const Task& task = **FindTask("Hopper-v4");
  const auto script =
      ScriptPolicy(testing::RandomPolicy(task, Sac({"relu", false, false}), 1), task);
  ASSERT_THAT(script, IsOk());
  torch::jit::Module module = Load(*script);
  EXPECT_EQ(module.attr("env_id").toStringRef(), "Hopper-v4");
  EXPECT_EQ(module.attr("trial_id").toStringRef(), "3/0");
  EXPECT_EQ(module.attr("step").toInt(), 5000);
  EXPECT_EQ(module.attr("obs_dim").toInt(), 11);
  EXPECT_EQ(module.attr("act_dim").toInt(), 3);
  try {
    module.forward({at::zeros({4})});
    FAIL() << "took an observation of another size";
  } catch (const std::exception& error) {
    EXPECT_THAT(error.what(), HasSubstr("expected observations of 11 numbers, got 4"));
  }
}

TEST(ScriptedPolicyAloneTest, RefusesAnotherTaskAndOtherParameters) {
  const Task& task = **FindTask("Hopper-v4");
  v1::PolicyFile file = testing::RandomPolicy(task, Sac({"relu", false, false}), 1);
  EXPECT_THAT(ScriptPolicy(file, **FindTask("Pendulum-v1")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  file.mutable_config()->mutable_sac()->set_hidden_sizes(0, 25);
  EXPECT_THAT(ScriptPolicy(file, task), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ScriptedPolicyAloneTest, WhatIsNoModuleIsSaidToBeNone) {
  const Task& task = **FindTask("Pendulum-v1");
  const v1::PolicyFile file = testing::RandomPolicy(task, Sac({"relu", false, false}), 1);
  const auto script = ScriptPolicy(file, task);
  ASSERT_THAT(script, IsOk());
  for (const std::string& bad :
       {std::string(), std::string("no module"), script->substr(0, script->size() / 2)}) {
    EXPECT_THAT(ScriptedPolicyError(bad, file, task), StatusIs(absl::StatusCode::kDataLoss));
  }
}

}  // namespace
}  // namespace vagram
