// What becomes of the policies that trials report.
#include <filesystem>

#include "core/wire/policy_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/scheduler_fixture.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SchedulerPolicyTest : public SchedulerFixture {
 protected:
  SchedulerPolicyTest() { Start(); }

  TrialId RunningTrial(int video = 0) {
    const TrialId id{Submit(1, /*restarts=*/3, /*slots=*/1, "mbpo", video), 0};
    scheduler_->Tick();
    RegisterAll(id, 1);
    return id;
  }

  absl::Status Report(const TrialId& id, int64_t attempt, int64_t epoch, bool last) {
    v1::ReportPolicyRequest request;
    request.set_trial_id(id.ToString());
    request.set_attempt(attempt);
    request.mutable_policy()->set_epoch(epoch);
    request.mutable_policy()->set_step(100 * epoch);
    request.set_last(last);
    return scheduler_->ReportPolicy(request);
  }

  std::string PolicyPath(const TrialId& id, const std::string& name) const {
    return results_->Folder(id) + "/policies/" + name;
  }
};

TEST_F(SchedulerPolicyTest, StoresThemInTheTrialsFolder) {
  const TrialId id = RunningTrial();
  ASSERT_OK(Report(id, 1, 4, /*last=*/false));
  ASSERT_OK(Report(id, 1, 9, /*last=*/true));
  ASSERT_OK(Report(id, 1, 9, /*last=*/true)) << "a repeat whose first answer was lost";
  ASSERT_OK_AND_ASSIGN(const v1::PolicyFile epoch,
                       ReadPolicyFile(PolicyPath(id, "epoch_4.policy")));
  EXPECT_EQ(epoch.step(), 400);
  ASSERT_OK_AND_ASSIGN(const v1::PolicyFile final, ReadPolicyFile(PolicyPath(id, "final.policy")));
  EXPECT_EQ(final.step(), 900);
  videos_.Tick();
  EXPECT_THAT(launcher_.running("video"), IsEmpty()) << "none was asked for";
}

TEST_F(SchedulerPolicyTest, MakesVideosOfThemWhereTheTrialAsksForThem) {
  const TrialId id = RunningTrial(/*video=*/5);
  ASSERT_OK(Report(id, 1, 4, /*last=*/false));
  videos_.Tick();
  ASSERT_THAT(launcher_.running("video"), SizeIs(1));
  const WorkerCommand command = launcher_.launched().back();
  EXPECT_EQ(command.args[4], "--policy=" + PolicyPath(id, "epoch_4.policy"));
  EXPECT_EQ(command.args[5], "--out=" + results_->Folder(id) + "/videos/epoch_4.mp4");
  EXPECT_EQ(command.log_file, results_->LogFile(id, "video"));
}

TEST_F(SchedulerPolicyTest, RefusesThoseOfAnEarlierAttemptAndOfNoTrial) {
  const TrialId id = RunningTrial();
  EXPECT_THAT(Report(id, 0, 1, true), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(Report({77, 0}, 1, 1, true), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_FALSE(std::filesystem::exists(PolicyPath(id, "final.policy")));
}

TEST_F(SchedulerPolicyTest, RefusesAnEpochThatCannotBe) {
  EXPECT_THAT(Report(RunningTrial(), 1, -3, false),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("-3")));
}

}  // namespace
}  // namespace vagram
