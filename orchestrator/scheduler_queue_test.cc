// Which queued trial starts next, and what a failed one means for the others.
#include <csignal>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/scheduler.h"
#include "orchestrator/scheduler_fixture.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kFailedFast[] = "trial 1/0 failed and the experiment is to fail fast";

class SchedulerQueueTest : public SchedulerFixture {
 protected:
  SchedulerQueueTest() {
    options_.slots = 4;
    Start();
  }

  int64_t SubmitWithPriority(int priority, int trials, int slots = 1) {
    priority_ = priority;
    return Submit(trials, /*restarts=*/3, slots);
  }

  // Trials of the experiment that have processes.
  int Started(int64_t experiment) {
    const absl::StatusOr<v1::Experiment> stored = store_->GetExperiment(experiment);
    EXPECT_OK(stored);
    int started = 0;
    for (int index = 0; stored.ok() && index < stored->trials_size(); ++index) {
      const v1::TrialState state = stored->trials(index).state();
      started += state == v1::STARTING || state == v1::RUNNING;
    }
    return started;
  }

  // The trial succeeds and its processes are gone.
  void RunToItsEnd(const TrialId& id) {
    const v1::Trial trial = Get(id);
    ASSERT_OK(Finish(id, trial.attempt(), true));
    for (const v1::Worker& worker : trial.workers()) {
      launcher_.End(worker.pid(), Exit{0, std::nullopt});
    }
    scheduler_->Tick();
  }
};

TEST_F(SchedulerQueueTest, SharesSlotsEvenlyAmongExperiments) {
  Submit(10);
  scheduler_->Tick();
  EXPECT_EQ(Started(1), 4);
  Submit(10);
  RunToItsEnd({1, 0});
  RunToItsEnd({1, 1});
  EXPECT_EQ(Started(1), 2);
  EXPECT_EQ(Started(2), 2);
  RunToItsEnd({1, 2});
  EXPECT_EQ(Started(1), 2) << "it used fewer than the other";
  EXPECT_EQ(Started(2), 2);
}

TEST_F(SchedulerQueueTest, StartsHigherPrioritiesFirst) {
  SubmitWithPriority(0, 3);
  SubmitWithPriority(-1, 3);
  SubmitWithPriority(7, 2);
  scheduler_->Tick();
  EXPECT_EQ(Started(3), 2);
  EXPECT_EQ(Started(1), 2);
  EXPECT_EQ(Started(2), 0);
  RunToItsEnd({3, 0});
  RunToItsEnd({3, 1});
  EXPECT_EQ(Started(1), 3);
  EXPECT_EQ(Started(2), 1);
}

TEST_F(SchedulerQueueTest, DoesNotStopWhatRunsForAHigherPriority) {
  SubmitWithPriority(0, 4);
  scheduler_->Tick();
  SubmitWithPriority(100, 1);
  Pass(absl::Seconds(5));
  EXPECT_EQ(Started(1), 4);
  EXPECT_EQ(Started(2), 0);
}

TEST_F(SchedulerQueueTest, KeepsFreeSlotsForAWideTrialOfAHigherPriority) {
  SubmitWithPriority(0, 10);
  scheduler_->Tick();
  SubmitWithPriority(1, 1, /*slots=*/4);
  for (int index = 0; index < 3; ++index) RunToItsEnd({1, index});
  EXPECT_EQ(Started(1), 1);
  EXPECT_EQ(Get({2, 0}).reason(), "first in line, waits for 4 slots; 1 of 4 are in use");
  EXPECT_EQ(Get({1, 4}).reason(), "trial 2/0 before it waits for 4 slots; 1 of 4 are in use");
  RunToItsEnd({1, 3});
  EXPECT_EQ(Get({2, 0}).state(), v1::STARTING);
  EXPECT_EQ(Get({1, 4}).reason(), "waits for a slot; 4 of 4 are in use");
}

TEST_F(SchedulerQueueTest, LetsOthersGoOnceTheTrialFirstInLineIsCancelled) {
  Submit(1);
  Submit(1, 3, /*slots=*/4);
  Submit(2);
  scheduler_->Tick();
  EXPECT_EQ(Started(3), 0);
  ASSERT_OK(scheduler_->Cancel({2, 0}));
  scheduler_->Tick();
  EXPECT_EQ(Started(3), 2);
}

TEST_F(SchedulerQueueTest, LetsOthersGoWhileATrialPausesBeforeItsNextAttempt) {
  SubmitWithPriority(5, 1, /*slots=*/4);
  SubmitWithPriority(0, 1);
  scheduler_->Tick();
  launcher_.End(Pid("learner.0"), Exit{1, std::nullopt});
  scheduler_->Tick();
  EXPECT_EQ(Get({2, 0}).state(), v1::QUEUED) << "the other's processes still run";
  scheduler_->Tick();
  EXPECT_EQ(Get({1, 0}).state(), v1::QUEUED);
  EXPECT_EQ(Get({2, 0}).state(), v1::STARTING);
}

TEST_F(SchedulerQueueTest, KeepsPrioritiesOverARestart) {
  SubmitWithPriority(-5, 4);
  SubmitWithPriority(5, 3);
  Start();
  scheduler_->Tick();
  EXPECT_EQ(Started(2), 3);
  EXPECT_EQ(Started(1), 1);
  EXPECT_EQ(scheduler_->used_slots(), 4);
}

TEST_F(SchedulerQueueTest, CountsSlotsThatWereTakenBeforeARestart) {
  Submit(1, 3, /*slots=*/3);
  scheduler_->Tick();
  RegisterAll({1, 0}, 1);
  Start();
  EXPECT_EQ(scheduler_->used_slots(), 3);
  Submit(2);
  scheduler_->Tick();
  EXPECT_EQ(Started(2), 1);
  EXPECT_EQ(scheduler_->used_slots(), 4);
  RunToItsEnd({1, 0});
  EXPECT_EQ(scheduler_->used_slots(), 2);
}

TEST_F(SchedulerQueueTest, StartsATrialOnlyWhenItsMemoryAndThreadsFit) {
  options_.memory_mib = 4 * 1024;
  options_.threads = 5;
  Start();
  base_.mutable_resources()->set_memory_gib(1.5);
  Submit(3);  // of two threads each
  scheduler_->Tick();
  EXPECT_EQ(Started(1), 2);
  EXPECT_EQ(scheduler_->used().memory_mib, 3 * 1024);
  EXPECT_EQ(scheduler_->used().threads, 4);
  EXPECT_EQ(Get({1, 2}).reason(), "first in line, waits for threads: 4 of 5 in use, needs 2");
  base_.mutable_resources()->set_memory_gib(0);
  Submit(1);
  scheduler_->Tick();
  EXPECT_EQ(Get({2, 0}).reason(), "trial 1/2 before it waits for threads: 4 of 5 in use, needs 2");
  options_.threads = 0;
  Start();
  scheduler_->Tick();
  EXPECT_EQ(Started(2), 1) << "its share is the smallest";
  EXPECT_EQ(Get({1, 2}).reason(), "first in line, waits for memory: 3 of 4 GiB in use, needs 1.5");
  RunToItsEnd({1, 0});
  EXPECT_EQ(Started(1), 2);
}

TEST_F(SchedulerQueueTest, SaysWhichTrialIsBeforeAnotherThatWouldFit) {
  options_.memory_mib = 4 * 1024;
  Start();
  for (const int gib : {4, 1, 0}) {
    base_.mutable_resources()->set_memory_gib(gib);
    Submit(1);
    scheduler_->Tick();
  }
  EXPECT_EQ(Get({1, 0}).state(), v1::STARTING);
  EXPECT_EQ(Get({2, 0}).reason(), "waits for memory: 4 of 4 GiB in use, needs 1");
  EXPECT_EQ(Get({3, 0}).reason(),
            "trial 2/0 before it waits for memory: 4 of 4 GiB in use, needs 1");
}

TEST_F(SchedulerQueueTest, FailsATrialThatNeedsMoreMemoryOrThreadsThanThereAre) {
  options_.memory_mib = 1024;
  options_.threads = 1;
  Start();
  base_.mutable_resources()->set_memory_gib(2);
  Submit(1);
  scheduler_->Tick();
  EXPECT_EQ(Get({1, 0}).state(), v1::FAILED);
  EXPECT_EQ(Get({1, 0}).reason(),
            "needs 2 threads, the service has 1; lower resources.threads or start the service with "
            "more (`vagram up --threads`)");
  options_.firm_threads = false;
  Start();
  Submit(1);
  scheduler_->Tick();
  EXPECT_THAT(Get({2, 0}).reason(), HasSubstr("needs 2 GiB of memory, the service has 1; lower "
                                              "resources.memory_gib"));
}

TEST_F(SchedulerQueueTest, GivesATrialAllThreadsWhereTheyAreNotFirm) {
  options_.threads = 1;
  options_.firm_threads = false;
  Start();
  Submit(2);
  scheduler_->Tick();
  EXPECT_EQ(Started(1), 1);
  RunToItsEnd({1, 0});
  EXPECT_EQ(Get({1, 1}).state(), v1::STARTING);
}

TEST_F(SchedulerQueueTest, KeepsGoingWhenATrialFails) {
  Submit(3, /*restarts=*/0);
  scheduler_->Tick();
  ASSERT_OK(Finish({1, 0}, 1, false, "why"));
  Pass(absl::Seconds(12));
  EXPECT_EQ(Get({1, 1}).state(), v1::STARTING);
  EXPECT_EQ(Get({1, 2}).state(), v1::STARTING);
}

TEST_F(SchedulerQueueTest, CancelsAllOthersWhenOneOfAnExperimentThatFailsFastHasFailed) {
  fail_fast_ = true;
  Submit(6);
  fail_fast_ = false;
  Submit(1);
  scheduler_->Tick();
  ASSERT_OK(Finish({1, 1}, 1, true));
  ASSERT_OK(scheduler_->Pause({1, 5}));
  ASSERT_OK(Finish({1, 0}, 1, false, "why"));
  EXPECT_EQ(Get({1, 0}).reason(), "why");
  EXPECT_EQ(Get({1, 1}).state(), v1::SUCCEEDED);
  for (int index = 2; index < 6; ++index) {
    EXPECT_EQ(Get({1, index}).state(), v1::CANCELLED);
    EXPECT_EQ(Get({1, index}).reason(), kFailedFast);
    EXPECT_EQ(store_->GetTrial({1, index})->trial.reason(), kFailedFast);
  }
  EXPECT_TRUE(store_->GetExperiment(1)->has_ended_at());
  Pass(absl::Seconds(12));
  EXPECT_EQ(Get({2, 0}).state(), v1::STARTING);
  EXPECT_THAT(launcher_.running(), SizeIs(3)) << "those of experiment 2";
  EXPECT_EQ(scheduler_->used_slots(), 1);
}

TEST_F(SchedulerQueueTest, FailsFastOnlyOnceAllRestartsAreUsedUp) {
  fail_fast_ = true;
  options_.slots = 1;
  Start();
  Submit(2, /*restarts=*/1);
  scheduler_->Tick();
  launcher_.End(Pid("learner.0"), Exit{1, std::nullopt});
  scheduler_->Tick();
  EXPECT_EQ(Get({1, 0}).state(), v1::QUEUED);
  EXPECT_EQ(Get({1, 1}).state(), v1::QUEUED);
  ASSERT_OK(scheduler_->Pause({1, 1}));  // so that it does not go first
  Pass(absl::Seconds(2));
  ASSERT_EQ(Get({1, 0}).state(), v1::STARTING);
  launcher_.End(Pid("learner.0"), Exit{1, std::nullopt});
  scheduler_->Tick();
  EXPECT_EQ(Get({1, 0}).state(), v1::FAILED);
  EXPECT_EQ(Get({1, 1}).state(), v1::CANCELLED);
  EXPECT_EQ(Get({1, 1}).reason(), kFailedFast);
}

TEST_F(SchedulerQueueTest, FailsFastWhenATrialNeedsMoreSlotsThanThereAre) {
  fail_fast_ = true;
  Submit(3, 3, /*slots=*/5);
  scheduler_->Tick();
  EXPECT_EQ(Get({1, 0}).state(), v1::FAILED);
  EXPECT_EQ(Get({1, 1}).state(), v1::CANCELLED);
  EXPECT_EQ(Get({1, 2}).state(), v1::CANCELLED);
  EXPECT_THAT(launcher_.launched(), IsEmpty());
}

TEST_F(SchedulerQueueTest, FailsFastAfterARestartOfTheService) {
  fail_fast_ = true;
  Submit(6);
  scheduler_->Tick();
  for (int index = 0; index < 4; ++index) RegisterAll({1, index}, 1);
  Start();
  ASSERT_OK(Finish({1, 0}, 1, false, "why"));
  for (int index = 1; index < 6; ++index) EXPECT_EQ(Get({1, index}).state(), v1::CANCELLED);
}

TEST_F(SchedulerQueueTest, LeavesAnExperimentThatIsCancelledToItsUser) {
  fail_fast_ = true;
  Submit(2);
  scheduler_->Tick();
  ASSERT_OK(scheduler_->Cancel({1, 0}));
  EXPECT_EQ(Get({1, 1}).state(), v1::STARTING) << "a cancelled trial has not failed";
}

TEST_F(SchedulerQueueTest, StartsInOrderAmongTenThousand) {
  options_.slots = 20;
  Start();
  for (int experiment = 0; experiment < 10; ++experiment) {
    fail_fast_ = experiment == 0;
    SubmitWithPriority(experiment == 9 ? 1 : 0, 1000);
  }
  scheduler_->Tick();
  EXPECT_EQ(Started(10), 20);
  ASSERT_OK(scheduler_->Cancel({10, std::nullopt}));
  Pass(absl::Seconds(12));
  for (int64_t experiment = 1; experiment <= 9; ++experiment) {
    EXPECT_EQ(Started(experiment), experiment <= 2 ? 3 : 2) << experiment;
  }
  ASSERT_OK(Finish({1, 0}, 1, false, "why"));
  EXPECT_EQ(Get({1, 999}).reason(), kFailedFast);
}

}  // namespace
}  // namespace vagram
