// A trial whose learner is told to end: what it saves, and how it goes on.
#include <algorithm>
#include <limits>
#include <string>

#include "learner/trial_loop_attempts.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

void ExpectToGoOnWhereverItIsToldToEnd(const v1::TrialConfig& config) {
  Trial undisturbed(config);
  const Attempt whole = undisturbed.Run();
  ASSERT_THAT(whole.status, IsOk());
  for (int64_t step = 1; step <= 25; ++step) {
    for (const bool actor_is_gone : {false, true}) {
      SCOPED_TRACE(absl::StrCat("told at step ", step, actor_is_gone ? ", with its actor" : ""));
      Trial trial(config);
      const Attempt left = trial.Run([&](FakeActors& actors) {
        (actor_is_gone ? actors.gone_at_step : actors.leave_at_step) = step;
      });
      ASSERT_THAT(left.status, StatusIs(absl::StatusCode::kCancelled, HasSubstr("saved at step")));
      const Attempt resumed = trial.Run();
      ASSERT_THAT(resumed.status, IsOk());
      ExpectSameRows(whole, resumed);
      EXPECT_EQ(trial.NewestState(), undisturbed.NewestState());
      const auto steps = [](const Attempt& attempt) {
        return std::count_if(
            attempt.journal.begin(), attempt.journal.end(),
            [](const std::string& line) { return line == "step" || line == "warm-up step"; });
      };
      EXPECT_EQ(steps(left) + steps(resumed), actor_is_gone ? 26 : 25)
          << "no step is taken again that was taken";
    }
  }
}

TEST(TrialLoopLeaveTest, GoesOnBitForBitFromTheMiddleOfAnEpoch) {
  ExpectToGoOnWhereverItIsToldToEnd(Checkpointed());
}

TEST(TrialLoopLeaveTest, GoesOnBitForBitWithoutAModel) {
  v1::TrialConfig config = Checkpointed();
  config.set_algorithm("sac");
  ExpectToGoOnWhereverItIsToldToEnd(config);
}

TEST(TrialLoopLeaveTest, GoesOnBitForBitWithEverySwitchThatDraws) {
  v1::TrialConfig config = Checkpointed();
  config.mutable_sac()->set_target("steve");
  config.mutable_sac()->set_expansion_horizon(2);
  config.mutable_sac()->set_dropout(0.1);
  config.mutable_sac()->set_critics(3);
  config.mutable_sac()->set_target_subset(2);
  config.mutable_imagine()->set_one_step_share(0.25);
  ExpectToGoOnWhereverItIsToldToEnd(config);
}

TEST(TrialLoopLeaveTest, GoesOnBitForBitWhereTheModelIsTrainedMeanwhile) {
  v1::TrialConfig config = Checkpointed();
  config.mutable_schedule()->set_mode("pipelined");
  config.mutable_sac()->set_target("mve");
  config.mutable_sac()->set_expansion_horizon(2);
  ExpectToGoOnWhereverItIsToldToEnd(config);
}

TEST(TrialLoopLeaveTest, GoesOnBitForBitWhereEpochsHaveNoCheckpoint) {
  ExpectToGoOnWhereverItIsToldToEnd(Checkpointed(/*every_epochs=*/2));
}

TEST(TrialLoopLeaveTest, AnEpochsEndThatCouldNotBeEvaluatedIsCaughtUpOn) {
  Trial undisturbed(Checkpointed()), trial(Checkpointed());
  const Attempt whole = undisturbed.Run();
  const Attempt left = trial.Run([](FakeActors& actors) { actors.gone_at_evaluation = true; });
  ASSERT_THAT(left.status, StatusIs(absl::StatusCode::kCancelled, HasSubstr("saved at step 10")));
  const Attempt resumed = trial.Run();
  ASSERT_THAT(resumed.status, IsOk());
  EXPECT_EQ(resumed.journal.front(), "evaluate");
  ExpectSameRows(whole, resumed);
  EXPECT_EQ(trial.NewestState(), undisturbed.NewestState());
}

TEST(TrialLoopLeaveTest, AnEpochsEndThatWasEvaluatedAndNotReportedIsEvaluatedAgain) {
  v1::TrialConfig config = Checkpointed();
  config.mutable_evaluate()->set_video(1);
  Trial undisturbed(config), trial(config);
  const Attempt whole = undisturbed.Run();
  const Attempt left = trial.Run([](FakeActors&) {}, /*no_room_for_row=*/-1,
                                 /*gone_at_training=*/-1, /*gone_at_policy=*/2);
  ASSERT_THAT(left.status, StatusIs(absl::StatusCode::kCancelled, HasSubstr("saved at step 20")));
  const Attempt resumed = trial.Run();
  ASSERT_THAT(resumed.status, IsOk());
  EXPECT_EQ(resumed.journal.front(), "evaluate");
  ExpectSameRows(whole, resumed);
  EXPECT_EQ(trial.NewestState(), undisturbed.NewestState());
}

TEST(TrialLoopLeaveTest, SavesNothingInTheMiddleOfAStep) {
  for (const char* mode : {"lockstep", "pipelined"}) {
    v1::TrialConfig config = Checkpointed();
    config.mutable_schedule()->set_mode(mode);
    Trial undisturbed(config), trial(config);
    const Attempt whole = undisturbed.Run();
    // The second training begins in step 15; in the background its end is seen later.
    const Attempt left = trial.Run([](FakeActors&) {}, /*no_room_for_row=*/-1,
                                   /*gone_at_training=*/2);
    EXPECT_THAT(left.status, StatusIs(absl::StatusCode::kCancelled)) << mode;
    const Attempt resumed = trial.Run();
    ASSERT_THAT(resumed.status, IsOk());
    ExpectSameRows(whole, resumed);
    EXPECT_EQ(trial.NewestState(), undisturbed.NewestState());
  }
}

TEST(TrialLoopLeaveTest, WaitsForRoomUntilItIsStopped) {
  Trial trial(Checkpointed());
  trial.Run(/*fail_at_step=*/15);
  trial.storage().SetCapacity(trial.storage().used_bytes() + 100);
  EXPECT_THAT(trial.Run([](FakeActors& actors) { actors.leave_at_step = 17; }).status,
              StatusIs(absl::StatusCode::kCancelled, HasSubstr("it waits for room")));
  trial.storage().SetCapacity(std::numeric_limits<int64_t>::max());
  EXPECT_THAT(trial.Run().status, IsOk());
}

TEST(TrialLoopLeaveTest, WithoutCheckpointsItJustEnds) {
  std::vector<std::string> journal;
  FakeActors actors(&journal);
  FakeDynamics dynamics(&journal);
  SnapshotBoard board(1000, 2, 1);
  FakeReporter reporter;
  Stop stop, leave;
  actors.leave = &leave;
  actors.leave_at_step = 12;
  auto loop = TrialLoop::Create(
      TinyConfig(), TinyTask(),
      {&actors, &dynamics, &board, &reporter, Clock::Real(), &stop, nullptr, &leave});
  ASSERT_THAT(loop.status(), IsOk());
  EXPECT_THAT((*loop)->Run(), StatusIs(absl::StatusCode::kCancelled, HasSubstr("told to end")));
}

}  // namespace
}  // namespace vagram
