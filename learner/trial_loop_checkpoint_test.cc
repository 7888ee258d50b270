// A trial that is cut off and goes on from its checkpoint.
#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "learner/trial_loop_attempts.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

void ExpectToGoOnWhereverItIsCutOff(const v1::TrialConfig& config) {
  Trial undisturbed(config);
  const Attempt whole = undisturbed.Run();
  ASSERT_THAT(whole.status, IsOk());
  ASSERT_EQ(whole.reporter.rows.size(), 3u);
  for (int64_t step = 1; step <= 25; ++step) {
    SCOPED_TRACE(absl::StrCat("cut off at step ", step));
    Trial trial(config);
    EXPECT_THAT(trial.Run(step).status, StatusIs(absl::StatusCode::kUnavailable));
    const Attempt resumed = trial.Run();
    ASSERT_THAT(resumed.status, IsOk());
    ExpectSameRows(whole, resumed);
    EXPECT_EQ(trial.NewestState(), undisturbed.NewestState());
  }
}

TEST(TrialLoopCheckpointTest, GoesOnBitForBitWhereverItIsCutOff) {
  ExpectToGoOnWhereverItIsCutOff(Checkpointed());
}

TEST(TrialLoopCheckpointTest, GoesOnBitForBitWithoutAModel) {
  v1::TrialConfig config = Checkpointed();
  config.set_algorithm("sac");
  ExpectToGoOnWhereverItIsCutOff(config);
}

TEST(TrialLoopCheckpointTest, GoesOnBitForBitWithEverySwitchThatDraws) {
  v1::TrialConfig config = Checkpointed();
  config.mutable_sac()->set_target("mve");
  config.mutable_sac()->set_expansion_horizon(2);
  config.mutable_sac()->set_dropout(0.1);
  config.mutable_sac()->set_critics(3);
  config.mutable_sac()->set_target_subset(2);
  config.mutable_imagine()->set_one_step_share(0.25);
  ExpectToGoOnWhereverItIsCutOff(config);
}

TEST(TrialLoopCheckpointTest, GoesOnBitForBitWhereTheReplayHasDroppedRows) {
  v1::TrialConfig config = Checkpointed();
  config.mutable_sac()->set_replay_capacity(12);
  ExpectToGoOnWhereverItIsCutOff(config);
}

TEST(TrialLoopCheckpointTest, GoesOnBitForBitWhereTheModelIsTrainedMeanwhile) {
  v1::TrialConfig config = Checkpointed();
  config.mutable_schedule()->set_mode("pipelined");
  config.mutable_sac()->set_target("mve");
  config.mutable_sac()->set_expansion_horizon(2);
  ExpectToGoOnWhereverItIsCutOff(config);
}

TEST(TrialLoopCheckpointTest, DoesNothingAgainThatACheckpointHas) {
  Trial trial(Checkpointed());
  trial.Run(/*fail_at_step=*/23);
  const Attempt resumed = trial.Run();
  EXPECT_EQ(resumed.journal.front(), "step");
  EXPECT_THAT(resumed.journal, ::testing::Not(::testing::Contains("train to 20")));
}

TEST(TrialLoopCheckpointTest, AnEndedTrialOnlyReportsAgain) {
  Trial trial(Checkpointed());
  const Attempt whole = trial.Run();
  const Attempt again = trial.Run();
  ASSERT_THAT(again.status, IsOk());
  EXPECT_TRUE(again.journal.empty());
  ExpectSameRows(whole, again);
}

TEST(TrialLoopCheckpointTest, MakesOneInSoManyEpochsAndOneAtTheEnd) {
  Trial trial(Checkpointed(/*every_epochs=*/2));
  trial.Run(/*fail_at_step=*/15);  // one epoch has ended
  EXPECT_THAT(trial.Run(/*fail_at_step=*/22).reporter.rows, ::testing::SizeIs(2));
  const Attempt last = trial.Run();
  ASSERT_THAT(last.status, IsOk());
  EXPECT_EQ(last.journal.size(), 5u + 3) << "five steps, a training, an imagination, an evaluation";
}

TEST(TrialLoopCheckpointTest, WaitsForRoomOnAFullDiskAndGoesOnWhenThereIsSome) {
  const Attempt whole = Trial(Checkpointed()).Run();
  Trial trial(Checkpointed());
  trial.Run(/*fail_at_step=*/15);  // step 10 has a checkpoint
  trial.storage().SetCapacity(trial.storage().used_bytes() + 100);
  const Attempt full = trial.Run();
  EXPECT_THAT(full.status, StatusIs(absl::StatusCode::kCancelled, HasSubstr("it waits for room")));
  EXPECT_EQ(full.reporter.rows.size(), 2u) << "what was reported is safe";
  trial.storage().SetCapacity(std::numeric_limits<int64_t>::max());
  const Attempt resumed = trial.Run();
  ASSERT_THAT(resumed.status, IsOk());
  ExpectSameRows(whole, resumed);
}

TEST(TrialLoopCheckpointTest, WaitsForRoomForARowOfMetrics) {
  const Attempt whole = Trial(Checkpointed()).Run();
  Trial trial(Checkpointed());
  const Attempt full = trial.Run([](FakeActors&) {}, /*no_room_for_row=*/1);
  EXPECT_THAT(full.status, StatusIs(absl::StatusCode::kCancelled, HasSubstr("it waits for room")));
  EXPECT_EQ(full.reporter.rows.size(), 1u);
  const Attempt resumed = trial.Run();
  ASSERT_THAT(resumed.status, IsOk());
  ExpectSameRows(whole, resumed);
}

TEST(TrialLoopCheckpointTest, GoesOnFromTheOneBeforeWhereTheNewestIsBroken) {
  const Attempt whole = Trial(Checkpointed()).Run();
  Trial trial(Checkpointed());
  trial.Run(/*fail_at_step=*/23);  // steps 10 and 20 have checkpoints
  const auto files = trial.storage().List("trial");
  ASSERT_THAT(files.status(), IsOk());
  std::string newest;  // part of the learner; of equal length, so that the order is theirs
  for (const std::string& file : *files) {
    if (file.find("learner") != std::string::npos) newest = std::max(newest, file);
  }
  ASSERT_FALSE(newest.empty());
  trial.storage().FlipBit("trial/" + newest, 1000);
  const Attempt resumed = trial.Run();
  ASSERT_THAT(resumed.status, IsOk());
  EXPECT_THAT(resumed.journal, ::testing::Contains("train to 20")) << "it went back to step 10";
  ExpectSameRows(whole, resumed);
}

TEST(TrialLoopCheckpointTest, BeginsAnewWhereNoCheckpointCanBeUsed) {
  const Attempt whole = Trial(Checkpointed()).Run();
  Trial trial(Checkpointed());
  trial.Run(/*fail_at_step=*/15);
  const auto files = trial.storage().List("trial");
  ASSERT_THAT(files.status(), IsOk());
  for (const std::string& file : *files) trial.storage().Truncate("trial/" + file, 1);
  const Attempt resumed = trial.Run();
  ASSERT_THAT(resumed.status, IsOk());
  EXPECT_EQ(resumed.journal.front(), "warm-up step");
  ExpectSameRows(whole, resumed);
}

TEST(TrialLoopCheckpointTest, DoesNotBeginAnewWhereCheckpointsCannotBeRead) {
  const Attempt whole = Trial(Checkpointed()).Run();
  Trial trial(Checkpointed());
  trial.Run(/*fail_at_step=*/15);  // step 10 has a checkpoint
  trial.storage().FailReads(absl::FailedPreconditionError("Stale file handle"));
  const Attempt unread = trial.Run();
  EXPECT_THAT(unread.status,
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("Stale file handle")));
  EXPECT_THAT(unread.journal, ::testing::IsEmpty());
  trial.storage().FailReads(absl::OkStatus());
  const Attempt resumed = trial.Run();
  ASSERT_THAT(resumed.status, IsOk());
  EXPECT_EQ(resumed.journal.front(), "step") << "it goes on from step 10";
  ExpectSameRows(whole, resumed);
}

TEST(TrialLoopCheckpointTest, RefusesTheCheckpointOfAnotherConfiguration) {
  Trial trial(Checkpointed());
  trial.Run(/*fail_at_step=*/15);
  trial.config().mutable_sac()->set_discount(0.5);
  EXPECT_THAT(trial.Run().status,
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("another configuration")));
}

}  // namespace
}  // namespace vagram
