#include "core/env/plugin/plugin_library.h"

#include <cfloat>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kLander[] = "examples/plugin/lander.so";

std::string TestLibrary(const std::string& name) {
  return "core/env/plugin/testdata/" + name + ".so";
}

TEST(PluginLibrary, ReadsEverythingThatATaskSays) {
  ASSERT_OK_AND_ASSIGN(const PluginLibrary library, PluginLibrary::Load(kLander));
  ASSERT_EQ(library.tasks().size(), 1u);
  const PluginTask& lander = *library.tasks()[0];
  const Task& task = lander.task;
  EXPECT_EQ(task.id, "Lander-v0");
  EXPECT_EQ(task.obs_dim, 5);
  EXPECT_EQ(task.act_dim, 2);
  EXPECT_EQ(task.act_low, (std::vector<double>{0, -1}));
  EXPECT_EQ(task.act_high, (std::vector<double>{1, 1}));
  EXPECT_EQ(task.max_episode_steps, 300);
  EXPECT_EQ(task.dt_seconds, 0.1);
  EXPECT_EQ(lander.state_size, 48u);
  ASSERT_EQ(task.observation.size(), 3u);
  EXPECT_EQ(task.observation[1].size, 2);
  EXPECT_EQ(task.observation[1].meaning, "velocity right and up");
  EXPECT_EQ(task.observation[1].unit, "m/s");
  EXPECT_THAT(task.reward, HasSubstr("touchdown"));
  EXPECT_THAT(task.termination, HasSubstr("(lost)"));
  const std::vector<float> flying = {0, 1, 0, 0, 0}, down = {0, 0, 3, 4, 0}, action = {1, 0};
  EXPECT_FALSE(task.terminated(flying));
  EXPECT_TRUE(task.terminated(down));
  EXPECT_NEAR(task.observed_reward(flying, action, flying), -0.02, 1e-9);
  EXPECT_NEAR(task.observed_reward(flying, action, down), -0.02 + 10 - 2 * 5, 1e-9);
}

TEST(PluginLibrary, FindsATaskByItsIdOrAsTheOnlyOne) {
  ASSERT_OK_AND_ASSIGN(const PluginLibrary lander, PluginLibrary::Load(kLander));
  EXPECT_THAT(lander.Find("Lander-v0"), IsOkAndHolds(lander.tasks()[0]));
  EXPECT_THAT(lander.Find(""), IsOkAndHolds(lander.tasks()[0]));
  EXPECT_THAT(lander.Find("Lander-v1"),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr(kLander), HasSubstr("did you mean 'Lander-v0'?"))));
}

TEST(PluginLibrary, AsksForAnIdWhereThereAreSeveral) {
  ASSERT_OK_AND_ASSIGN(const PluginLibrary several, PluginLibrary::Load(TestLibrary("failing")));
  EXPECT_GT(several.tasks().size(), 1u);
  EXPECT_THAT(several.Find(""),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("choose one"), HasSubstr("Sound, MakeFails, "))));
  ASSERT_OK_AND_ASSIGN(const auto task, several.Find("StepThrows"));
  EXPECT_EQ(task->task.id, "StepThrows");
}

TEST(PluginLibrary, OutlivesTheObjectThatLoadedIt) {
  std::shared_ptr<const PluginTask> task;
  {
    ASSERT_OK_AND_ASSIGN(const PluginLibrary library, PluginLibrary::Load(kLander));
    task = library.tasks()[0];
  }
  EXPECT_TRUE(task->task.terminated(std::vector<float>(5, 0)));
}

TEST(PluginLibrary, SaysThatAFileIsMissing) {
  EXPECT_THAT(PluginLibrary::Load("examples/lander.so"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no plug-in examples/lander.so")));
  EXPECT_THAT(PluginLibrary::Load(""),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no plug-in ''")));
  // The dynamic linker would find this one on its own.
  EXPECT_THAT(PluginLibrary::Load("libm.so.6"), StatusIs(absl::StatusCode::kNotFound));
}

TEST(PluginLibrary, RefusesWhatIsNotALibrary) {
  const std::string path = testing::TempDir() + "/text.so";
  std::ofstream(path) << "not a library";
  for (const std::string& file : {path, testing::TempDir()}) {
    EXPECT_THAT(PluginLibrary::Load(file),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr(file), HasSubstr("cannot be loaded"))));
  }
}

TEST(PluginLibrary, RefusesALibraryWithMissingParts) {
  EXPECT_THAT(PluginLibrary::Load(TestLibrary("undefined_symbol")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("FunctionThatNobodyHas")));
  EXPECT_THAT(PluginLibrary::Load(TestLibrary("without_entry")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no function VagramPlugin")));
  EXPECT_THAT(
      PluginLibrary::Load(TestLibrary("throwing_entry")),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("threw an exception: no licence")));
}

TEST(PluginLibrary, RefusesAnotherVersionOfTheInterface) {
  const int version = plugin::kInterfaceVersion;
  EXPECT_THAT(PluginLibrary::Load(TestLibrary("other_version")),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("version " + std::to_string(version + 1)),
                             HasSubstr("expected " + std::to_string(version)),
                             HasSubstr("compile it again"))));
}

TEST(PluginLibrary, NamesEverythingThatMakesNoSense) {
  const absl::Status status = PluginLibrary::Load(TestLibrary("nonsense")).status();
  ASSERT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  const std::string message(status.message());
  for (const char* fault : {
           "task 0: id is null",
           "task 0: obs_dim is 0, expected 1 to",
           "task 0: act_dim is 0",
           "task 0: act_low is null",
           "task 0: act_high is null",
           "task 0: max_episode_steps is 0",
           "task 0: dt_seconds is 0, expected a number above 0",
           "task 0: state_size is 0",
           "task 0: num_parts is 0",
           "task 0: observation is null",
           "task 0: reward is null",
           "task 0: termination is null",
           "task 0: terminated is null",
           "task 0: make is null",
           "task 1 (Twin-v0): act_low[0] is 1 and act_high[0] is -1",
           "task 1 (Twin-v0): act_low[1] is -1 and act_high[1] is inf",
           "task 1 (Twin-v0): max_episode_steps is -1",
           "task 1 (Twin-v0): dt_seconds is nan",
           "task 1 (Twin-v0): state_size is -8",
           "task 1 (Twin-v0): observation[0].meaning is empty",
           "task 1 (Twin-v0): observation[1].unit is null",
           "task 1 (Twin-v0): observation[2].size is -4",
           "task 1 (Twin-v0): the sizes of observation add up to 4, expected obs_dim, 3",
           "task 1 (Twin-v0): termination is empty",
           "task 2 (Twin-v0): another task has the same id",
           "task 3 (two words): id is 'two words', expected",
       }) {
    EXPECT_THAT(message, HasSubstr(fault));
  }
  EXPECT_THAT(message, Not(HasSubstr("task 2 (Twin-v0): id")));
}

TEST(PluginLibrary, KeepsItsOwnFloatingPointArithmetic) {
  volatile double smallest = DBL_MIN;
  EXPECT_THAT(PluginLibrary::Load(TestLibrary("fast_math")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_GT(smallest / 2, 0);
}

}  // namespace
}  // namespace vagram
