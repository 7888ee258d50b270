#include "core/env/plugin/plugin_check.h"

#include <string>

#include "core/env/plugin/plugin_library.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

absl::Status Check(const std::string& path, const std::string& id) {
  ASSIGN_OR_RETURN(const PluginLibrary library, PluginLibrary::Load(path));
  ASSIGN_OR_RETURN(const auto task, library.Find(id));
  return CheckPluginTask(task);
}

absl::Status CheckMisleading(const std::string& id) {
  return Check("core/env/plugin/testdata/misleading.so", id);
}

TEST(CheckPluginTask, PassesTasksThatKeepTheRules) {
  EXPECT_OK(Check("examples/plugin/lander.so", ""));
  EXPECT_OK(CheckMisleading("Sound"));
}

TEST(CheckPluginTask, NoticesWhatDoesNotRepeatItself) {
  const auto fault = StatusIs(absl::StatusCode::kInvalidArgument,
                              AllOf(HasSubstr("do not do the same: observation[0] is "),
                                    HasSubstr(" after step 1; does anything but seed")));
  EXPECT_THAT(CheckMisleading("SharesGenerator"), fault);
  EXPECT_THAT(CheckMisleading("RemembersEpisodes"), fault);
}

TEST(CheckPluginTask, NoticesAStateThatIsNotComplete) {
  EXPECT_THAT(CheckMisleading("ForgetsToSave"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("saved at step 0 is not like the original"),
                             Not(HasSubstr("do not do the same")))));
  EXPECT_THAT(CheckMisleading("WritesOtherBytes"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("saved as other bytes")));
}

TEST(CheckPluginTask, NoticesAnotherJudgement) {
  EXPECT_THAT(CheckMisleading("JudgesWrongly"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("terminated says no to the observation after step"),
                             HasSubstr("Step itself said yes"))));
}

TEST(CheckPluginTask, NoticesAnotherReward) {
  EXPECT_THAT(CheckMisleading("RewardsWrongly"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("observed_reward gives")));
  EXPECT_THAT(CheckMisleading("RewardsNaN"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("observed_reward gives nan for step 1")));
}

TEST(CheckPluginTask, PassesOnFailures) {
  EXPECT_THAT(Check("core/env/plugin/testdata/failing.so", "StepThrows"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("joint 7")));
}

}  // namespace
}  // namespace vagram
