// Whether both loaders act with an exported policy as the policy itself does.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "actor/clip_actor.h"
#include "actor/policy_fixture.h"
#include "actor/scripted_policy.h"
#include "core/base/random.h"
#include "core/env/task.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

constexpr int kObservations = 50;

class LoadersTest : public ::testing::TestWithParam<const char*> {
 protected:
  // What the command prints; fails the test when it fails.
  static std::string Run(const std::string& command) {
    FILE* const pipe = popen(command.c_str(), "r");
    std::string out;
    char buffer[4096];
    while (const size_t got = fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, got);
    EXPECT_EQ(pclose(pipe), 0) << command;
    return out;
  }
};

TEST_P(LoadersTest, ActAsThePolicyItself) {
  const Task& task = **FindTask("Hopper-v4");
  v1::SacConfig sac;
  for (int size : {256, 256}) sac.add_hidden_sizes(size);
  sac.set_activation("relu");
  const v1::PolicyFile file = testing::RandomPolicy(task, sac, 1);
  const auto module = ScriptPolicy(file, task);
  ASSERT_THAT(module, IsOk());
  const auto actor = PolicyActor(file, task);
  ASSERT_THAT(actor, IsOk());

  const std::string folder = absl::StrCat(std::getenv("TEST_TMPDIR"), "/", getpid());
  const std::string policy = folder + ".pt", observations = folder + ".txt";
  std::ofstream(policy, std::ios::binary) << *module;
  std::ofstream text(observations);
  text << std::setprecision(9);
  Rng rng(2);
  std::vector<float> expected;
  for (int i = 0; i < kObservations; ++i) {
    std::vector<float> observation(task.obs_dim);
    for (float& number : observation) text << (number = static_cast<float>(rng.Normal())) << " ";
    text << "\n";
    const auto action = (*actor)(observation);
    ASSERT_THAT(action, IsOk());
    expected.insert(expected.end(), action->begin(), action->end());
  }
  text.close();

  const std::string command = GetParam();
  std::istringstream actions(Run(absl::StrCat(command, " ", policy, " < ", observations)));
  for (size_t i = 0; i < expected.size(); ++i) {
    float action = 0;
    ASSERT_TRUE(actions >> action) << "only " << i << " numbers came";
    EXPECT_NEAR(action, expected[i], 1e-6);
  }
  std::string rest;
  EXPECT_FALSE(actions >> rest) << rest;
}

INSTANTIATE_TEST_SUITE_P(Languages, LoadersTest,
                         ::testing::Values("python3 examples/policy/act.py", "examples/policy/act"),
                         [](const auto& info) {
                           return std::string(info.index == 0 ? "Python" : "Cpp");
                         });

}  // namespace
}  // namespace vagram
