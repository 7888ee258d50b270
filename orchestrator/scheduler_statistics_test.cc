#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/scheduler.h"
#include "orchestrator/scheduler_fixture.h"

namespace vagram {
namespace {

using ::testing::Eq;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

class SchedulerStatisticsTest : public SchedulerFixture {
 protected:
  void Use(const TrialId& id, v1::Role role, double working, double starved) {
    v1::HeartbeatRequest request = HeartbeatOf(id, 1, role);
    request.mutable_time_use()->set_working(working);
    request.mutable_time_use()->set_starved(starved);
    ASSERT_OK(scheduler_->Heartbeat(request));
  }
};

TEST_F(SchedulerStatisticsTest, ShowActiveTrialsOnly) {
  Start();
  const int64_t experiment = Submit(3);
  scheduler_->Tick();  // two slots
  SchedulerStatistics statistics = scheduler_->Statistics();
  EXPECT_EQ(statistics.slots, 2);
  EXPECT_EQ(statistics.used_slots, 2);
  ASSERT_THAT(statistics.active, SizeIs(2));
  EXPECT_EQ(statistics.active[0].trial.state(), v1::STARTING);
  EXPECT_THAT(statistics.active[0].worked_at, Eq(std::nullopt));
  EXPECT_EQ(statistics.totals.launched_attempts, 2);

  RegisterAll({experiment, 0}, 1);
  EXPECT_THAT(scheduler_->Statistics().active[0].worked_at, Optional(clock_.Now()));
  ASSERT_OK(scheduler_->Cancel({experiment, std::nullopt}));
  EXPECT_THAT(scheduler_->Statistics().active, IsEmpty());
}

TEST_F(SchedulerStatisticsTest, CountStepsThatWereTakenAndNotThoseOfACheckpoint) {
  Start();
  const TrialId id = RunningTrial();
  ASSERT_OK(Progress(id, 1, 1000));
  ASSERT_OK(Progress(id, 1, 1500));
  EXPECT_EQ(scheduler_->Statistics().totals.env_steps, 1500);
  launcher_.End(Pid("learner.0"), Exit{1, std::nullopt});
  Pass(absl::Seconds(15));
  EXPECT_EQ(scheduler_->Statistics().totals.failed_attempts, 1);
  EXPECT_EQ(scheduler_->Statistics().totals.launched_attempts, 2);
  RegisterAll(id, 2);
  ASSERT_OK(Progress(id, 2, 1200));  // from its checkpoint
  ASSERT_OK(Progress(id, 2, 1300));
  EXPECT_EQ(scheduler_->Statistics().totals.env_steps, 1600);
}

TEST_F(SchedulerStatisticsTest, SayHowFastATrialTakesSteps) {
  Start();
  const TrialId id = RunningTrial();
  ASSERT_OK(Progress(id, 1, 0));
  EXPECT_THAT(scheduler_->Statistics().active[0].env_steps_per_second, Eq(std::nullopt));
  PassAlive(id, 1, absl::Seconds(20));
  ASSERT_OK(Progress(id, 1, 100));
  EXPECT_THAT(scheduler_->Statistics().active[0].env_steps_per_second, Optional(5.0));
}

TEST_F(SchedulerStatisticsTest, AddUpHowWorkersUseTheirTime) {
  Start();
  const TrialId id = RunningTrial();
  Use(id, v1::LEARNER, 10, 1);
  Use(id, v1::LEARNER, 13, 2);
  Use(id, v1::ACTOR, 0, 0);
  Use(id, v1::ACTOR, 0.5, 4);
  EXPECT_EQ(Get(id).workers(0).time_use().working(), 13);
  const SchedulerTotals totals = scheduler_->Statistics().totals;
  EXPECT_EQ(totals.time_use.at(v1::LEARNER).working, 3);
  EXPECT_EQ(totals.time_use.at(v1::LEARNER).starved, 1);
  EXPECT_EQ(totals.time_use.at(v1::ACTOR).starved, 4);
  EXPECT_EQ(totals.time_use.at(v1::ACTOR).blocked, 0);
}

TEST_F(SchedulerStatisticsTest, TellInterruptedAttemptsFromFailedOnesAndCountReplacedActors) {
  Start();
  const TrialId id = RunningTrial();
  launcher_.End(Pid("actor.0"), Exit{std::nullopt, SIGKILL});
  Pass(absl::Seconds(2));
  EXPECT_EQ(scheduler_->Statistics().totals.replaced_actors, 1);
  ASSERT_OK(scheduler_->Preempt({id.experiment, std::nullopt}));
  Pass(absl::Seconds(3));
  EXPECT_EQ(scheduler_->Statistics().totals.interrupted_attempts, 1);
  EXPECT_EQ(scheduler_->Statistics().totals.failed_attempts, 0);
}

}  // namespace
}  // namespace vagram
