// What becomes of trials that run but do nothing.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/scheduler.h"
#include "orchestrator/scheduler_fixture.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class SchedulerStallTest : public SchedulerFixture {
 protected:
  SchedulerStallTest() {
    base_.mutable_schedule()->set_stalled_after(300);
    base_.mutable_schedule()->set_restart_stalled_after(1800);
    Start();
  }
};

TEST_F(SchedulerStallTest, ShowsATrialThatGivesNoSignOfWorkAsStalled) {
  const TrialId id = RunningTrial();
  ASSERT_OK(Progress(id, 1, /*step=*/1200, /*work=*/7));
  PassAlive(id, 1, absl::Seconds(299));
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  PassAlive(id, 1, absl::Seconds(2));
  EXPECT_EQ(Get(id).state(), v1::STALLED);
  EXPECT_THAT(Get(id).reason(),
              AllOf(StartsWith("no sign of work for 5 min: step 1200, \"training the model\""),
                    HasSubstr("the last one seen at 19")));
  EXPECT_EQ(store_->GetTrial(id)->trial.state(), v1::STALLED);
  EXPECT_EQ(Get(id).attempt(), 1);
}

TEST_F(SchedulerStallTest, RunsAgainWithTheNextSignOfWork) {
  const TrialId id = RunningTrial();
  ASSERT_OK(Progress(id, 1, 1200, 7));
  PassAlive(id, 1, absl::Seconds(301));
  ASSERT_OK(Progress(id, 1, 1200, 7));
  EXPECT_EQ(Get(id).state(), v1::STALLED) << "a heartbeat is no work";
  ASSERT_OK(Progress(id, 1, 1200, 8));
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  EXPECT_EQ(Get(id).reason(), "");
  PassAlive(id, 1, absl::Seconds(299));
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
}

TEST_F(SchedulerStallTest, TakesWorkWithoutStepsForASignOfLife) {
  const TrialId id = RunningTrial();
  for (int work = 1; work <= 10; ++work) {
    ASSERT_OK(Progress(id, 1, 1200, work));
    PassAlive(id, 1, absl::Seconds(200));
    ASSERT_EQ(Get(id).state(), v1::RUNNING);
  }
}

TEST_F(SchedulerStallTest, FindsATrialThatNeverBeganToWork) {
  const TrialId id = RunningTrial();
  PassAlive(id, 1, absl::Seconds(301));
  EXPECT_EQ(Get(id).state(), v1::STALLED);
  EXPECT_THAT(Get(id).reason(), HasSubstr("none since all workers were there at 19"));
}

TEST_F(SchedulerStallTest, RestartsATrialThatStallsTooLong) {
  const TrialId id = RunningTrial(/*restarts=*/3);
  ASSERT_OK(Progress(id, 1, 1200, 7));
  PassAlive(id, 1, absl::Seconds(1799));
  EXPECT_EQ(Get(id).attempt(), 1);
  PassAlive(id, 1, absl::Seconds(1));
  Pass(absl::Seconds(1));
  EXPECT_EQ(Get(id).attempt(), 2);
  EXPECT_THAT(Get(id).attempts(0).reason(), StartsWith("no sign of work for 30 min: step 1200"));
  EXPECT_EQ(Get(id).max_attempts(), 4) << "which counts as a failure";
  Pass(absl::Seconds(12));
  RegisterAll(id, 2);
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
}

TEST_F(SchedulerStallTest, DoesNotCountTimeInWhichTheOrchestratorDidNotRun) {
  const TrialId id = RunningTrial();
  ASSERT_OK(Progress(id, 1, 1200, 7));
  PassAlive(id, 1, absl::Seconds(200));
  clock_.Advance(absl::Hours(5));  // suspended
  scheduler_->Tick();
  PassAlive(id, 1, absl::Seconds(90));
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  PassAlive(id, 1, absl::Seconds(20));
  EXPECT_EQ(Get(id).state(), v1::STALLED);
  clock_.Advance(absl::Hours(5));
  Start();
  PassAlive(id, 1, absl::Seconds(1700));
  EXPECT_EQ(Get(id).state(), v1::STALLED) << "taken over as it was";
  EXPECT_EQ(Get(id).attempt(), 1);
  ASSERT_OK(Progress(id, 1, 1300, 8));
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
}

TEST_F(SchedulerStallTest, LooksForNoStallWhereTheConfigurationDoesNotAskForIt) {
  base_.clear_schedule();
  const TrialId id = RunningTrial();
  PassAlive(id, 1, absl::Seconds(4000));
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
}

TEST_F(SchedulerStallTest, AStalledTrialCanBePausedCancelledAndFinished) {
  for (int i = 0; i < 3; ++i) {
    const TrialId id{Submit(1), 0};
    Pass(absl::Seconds(1));
    RegisterAll(id, 1);
    PassAlive(id, 1, absl::Seconds(301));
    ASSERT_EQ(Get(id).state(), v1::STALLED);
    switch (i) {
      case 0:
        ASSERT_OK(scheduler_->Pause({id.experiment, 0}));
        break;
      case 1:
        ASSERT_OK(scheduler_->Cancel({id.experiment, 0}));
        break;
      default:
        ASSERT_OK(Finish(id, 1, true));
    }
    Pass(absl::Seconds(12));
    const v1::TrialState expected[] = {v1::PAUSED, v1::CANCELLED, v1::SUCCEEDED};
    EXPECT_EQ(Get(id).state(), expected[i]);
    EXPECT_THAT(launcher_.running(), IsEmpty());
  }
}

}  // namespace
}  // namespace vagram
