// A trial that is cut off and goes on from its checkpoint.
#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/checkpoint/faulty_storage.h"
#include "learner/trial_checkpoints.h"
#include "learner/trial_loop_fixture.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

v1::TrialConfig Checkpointed(int every_epochs = 1) {
  v1::TrialConfig config = TinyConfig();
  config.mutable_checkpoint()->set_every_epochs(every_epochs);
  config.mutable_checkpoint()->set_keep(2);
  return config;
}

// What one attempt leaves behind.
struct Attempt {
  absl::Status status;
  std::vector<std::string> journal;
  FakeReporter reporter;
};

// Processes come and go with an attempt; the disk stays.
class Trial {
 public:
  explicit Trial(const v1::TrialConfig& config) : config_(config) {}

  // `fail_at_step`: where the actor is lost for good; -1: nowhere. Is told to stop where it waits
  // for room on the disk.
  Attempt Run(int64_t fail_at_step = -1) {
    Attempt attempt;
    FakeActors actors(&attempt.journal);
    actors.fail_at_step = fail_at_step;
    FakeDynamics dynamics(&attempt.journal);
    SnapshotBoard board(config_.sac().replay_capacity(), 2, 1);
    Stop stop;
    attempt.reporter.on_progress = [&stop](const v1::Progress& progress) {
      if (progress.activity() == "waiting for room on the disk") stop.Trip("it waits for room");
    };
    auto checkpoints = TrialCheckpoints::Open(&storage_, "trial", config_, TinyTask());
    EXPECT_THAT(checkpoints.status(), IsOk());
    auto loop =
        TrialLoop::Create(config_, TinyTask(),
                          {&actors, config_.algorithm() == "sac" ? nullptr : &dynamics, &board,
                           &attempt.reporter, Clock::Real(), &stop, checkpoints->get()});
    EXPECT_THAT(loop.status(), IsOk());
    attempt.status = (*loop)->Run();
    attempt.reporter.on_progress = nullptr;
    return attempt;
  }

  FaultyStorage& storage() { return storage_; }
  v1::TrialConfig& config() { return config_; }

  std::map<std::string, std::string> NewestState() {
    auto store = CheckpointStore::Open(&storage_, "trial");
    EXPECT_THAT(store.status(), IsOk());
    auto newest = (*store)->RestoreNewest();
    EXPECT_THAT(newest.status(), IsOk());
    return ReproducibleState(*newest);
  }

 private:
  v1::TrialConfig config_;
  FaultyStorage storage_;
};

std::vector<std::pair<std::string, double>> Reproducible(const v1::MetricRow& row) {
  std::vector<std::pair<std::string, double>> metrics;
  for (const v1::Metric& metric : row.metrics()) {
    // NaN compares unequal to itself.
    const double value = metric.value() == metric.value() ? metric.value() : -1e300;
    if (metric.name().rfind("time/", 0) != 0) metrics.emplace_back(metric.name(), value);
  }
  return metrics;
}

void ExpectSameRows(const Attempt& whole, const Attempt& resumed) {
  ASSERT_EQ(resumed.reporter.rows.size(), whole.reporter.rows.size());
  for (size_t i = 0; i < whole.reporter.rows.size(); ++i) {
    EXPECT_EQ(resumed.reporter.rows[i].row(), whole.reporter.rows[i].row());
    EXPECT_EQ(resumed.reporter.rows[i].step(), whole.reporter.rows[i].step());
    EXPECT_EQ(Reproducible(resumed.reporter.rows[i]), Reproducible(whole.reporter.rows[i]));
  }
}

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

TEST(TrialLoopCheckpointTest, RefusesTheCheckpointOfAnotherConfiguration) {
  Trial trial(Checkpointed());
  trial.Run(/*fail_at_step=*/15);
  trial.config().mutable_sac()->set_discount(0.5);
  EXPECT_THAT(trial.Run().status,
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("another configuration")));
}

}  // namespace
}  // namespace vagram
