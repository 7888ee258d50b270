// The model is trained while the policy is improved with the one before.
#include <string>
#include <vector>

#include "learner/trial_loop_fixture.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

v1::TrialConfig Pipelined() {
  v1::TrialConfig config = TinyConfig();
  config.mutable_schedule()->set_mode("pipelined");
  return config;
}

TEST_F(TrialLoopTest, HandsAModelOverWhereTheNextTrainingBegins) {
  v1::TrialConfig config = Pipelined();
  config.set_num_steps(22);
  ASSERT_THAT(Run(config), IsOk());
  std::vector<std::string> expected(10, "warm-up step");
  for (const char* entry :
       {"train to 10", "evaluate",    "step",     "step", "step", "step",    "step",
        "imagine 20",  "train to 15", "step",     "step", "step", "step",    "step",
        "imagine 20",  "train to 20", "evaluate", "step", "step", "evaluate"}) {
    expected.push_back(entry);
  }
  EXPECT_EQ(journal_, expected);
}

TEST_F(TrialLoopTest, RowsTellOfTheModelThatWasInUse) {
  ASSERT_THAT(Run(Pipelined()), IsOk());
  ASSERT_EQ(reporter_.rows.size(), 3u);
  EXPECT_EQ(reporter_.Value(0, "imagine/model_share"), 0) << "there was none yet";
  EXPECT_EQ(reporter_.Value(1, "imagine/transitions"), 30) << "handed over at steps 15 and 20";
  // Trained with the critics of step 10, replaced at step 20: two updates a step.
  EXPECT_EQ(reporter_.Value(1, "model/critic_age"), 20);
}

TEST_F(TrialLoopTest, IsReproducibleThoughTheModelIsTrainedMeanwhile) {
  EXPECT_EQ(ChecksumAfter(Pipelined(), 1), ChecksumAfter(Pipelined(), 1));
  EXPECT_NE(ChecksumAfter(Pipelined(), 1), ChecksumAfter(Pipelined(), 2));
  EXPECT_NE(ChecksumAfter(Pipelined(), 1), ChecksumAfter(TinyConfig(), 1)) << "is not lockstep";
}

TEST_F(TrialLoopTest, WithoutAModelThereIsNothingToPipeline) {
  v1::TrialConfig config = TinyConfig();
  config.set_algorithm("sac");
  ASSERT_THAT(Run(config), IsOk());
  config.mutable_schedule()->set_mode("pipelined");
  FakeActors actors(&journal_);
  SnapshotBoard board(1000, 2, 1);
  FakeReporter reporter;
  auto loop = TrialLoop::Create(config, TinyTask(),
                                {&actors, nullptr, &board, &reporter, Clock::Real(), &stop_});
  ASSERT_THAT(loop.status(), IsOk());
  ASSERT_THAT((*loop)->Run(), IsOk());
  EXPECT_EQ(reporter.Value(2, "sac/checksum"), reporter_.Value(2, "sac/checksum"));
}

TEST_F(TrialLoopTest, ATrainingThatDivergesInTheBackgroundEndsTheTrial) {
  dynamics_.train_loss = kNaN;
  EXPECT_THAT(Run(Pipelined()),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("at step 15: the model diverged")));
}

}  // namespace
}  // namespace vagram
