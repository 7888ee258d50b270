#include "orchestrator/cli/progress.h"

#include <sstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/terminal_text.h"

namespace vagram::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const absl::Time kStart = absl::FromUnixSeconds(10000);

v1::Experiment WithTrials(int count, v1::TrialState state) {
  v1::Experiment experiment;
  experiment.set_id("3");
  experiment.set_name("demo");
  for (int i = 0; i < count; ++i) {
    v1::Trial* trial = experiment.add_trials();
    trial->set_id(absl::StrCat("3/", i));
    trial->set_label(absl::StrCat("seed=", i));
    trial->set_state(state);
    trial->set_attempt(1);
    trial->mutable_progress()->set_num_steps(4000);
  }
  return experiment;
}

class PlainProgressTest : public ::testing::Test {
 protected:
  // What the update prints, without the time of day at its head.
  std::string Update(const v1::Experiment& experiment, absl::Duration after) {
    out_.str("");
    view_.Update(experiment, kStart + after);
    const std::string text = out_.str();
    return text.empty() ? "" : text.substr(std::string("00:00:00 ").size());
  }

  std::ostringstream out_;
  PlainProgress view_{&out_};
};

TEST_F(PlainProgressTest, PrintsEveryChangeOfStateOnce) {
  v1::Experiment experiment = WithTrials(1, v1::QUEUED);
  EXPECT_EQ(Update(experiment, absl::ZeroDuration()), "3/0 seed=0: queued\n");
  EXPECT_EQ(Update(experiment, absl::Seconds(100)), "");
  experiment.mutable_trials(0)->set_state(v1::RUNNING);
  EXPECT_EQ(Update(experiment, absl::Seconds(101)), "3/0 seed=0: running\n");
  experiment.mutable_trials(0)->set_state(v1::SUCCEEDED);
  experiment.mutable_trials(0)->set_final_return(-150);
  EXPECT_EQ(Update(experiment, absl::Seconds(102)),
            "3/0 seed=0: succeeded after -, final return -150.0\n");
}

TEST_F(PlainProgressTest, PrintsARestartWithItsReason) {
  v1::Experiment experiment = WithTrials(1, v1::RUNNING);
  Update(experiment, absl::ZeroDuration());
  experiment.mutable_trials(0)->set_attempt(2);
  experiment.mutable_trials(0)->set_reason("learner.0 was killed by SIGKILL");
  EXPECT_EQ(Update(experiment, absl::Seconds(1)),
            "3/0 seed=0: running (attempt 2): learner.0 was killed by SIGKILL\n");
}

TEST_F(PlainProgressTest, PrintsARunningTrialEveryTenSeconds) {
  v1::Experiment experiment = WithTrials(1, v1::RUNNING);
  Update(experiment, absl::ZeroDuration());
  v1::Progress* progress = experiment.mutable_trials(0)->mutable_progress();
  progress->set_step(1500);
  progress->set_episode_return(-152.34);
  progress->set_updates_per_second(95.4);
  progress->set_eta_seconds(62);
  progress->set_activity("collecting");
  EXPECT_EQ(Update(experiment, absl::Seconds(9)), "");
  EXPECT_EQ(Update(experiment, absl::Seconds(10)),
            "3/0 seed=0: step 1500/4000, return -152.3, 95 updates/s, ETA 1m02s, collecting\n");
  EXPECT_EQ(Update(experiment, absl::Seconds(19)), "");
}

TEST_F(PlainProgressTest, SaysHowFarTheWholeIsWhenATrialHasEnded) {
  v1::Experiment experiment = WithTrials(3, v1::RUNNING);
  for (v1::Trial& trial : *experiment.mutable_trials()) {
    trial.mutable_started_at()->set_seconds(10000);
    trial.mutable_progress()->set_eta_seconds(300);
  }
  EXPECT_THAT(Update(experiment, absl::ZeroDuration()), Not(HasSubstr("trials done")));
  experiment.mutable_trials(0)->set_state(v1::SUCCEEDED);
  experiment.mutable_trials(0)->mutable_ended_at()->set_seconds(10100);
  EXPECT_THAT(Update(experiment, absl::Seconds(100)),
              HasSubstr("3 demo: unknown, 1 of 3 trials done, 2 running, about 5m left\n"));
  EXPECT_THAT(Update(experiment, absl::Seconds(101)), Not(HasSubstr("trials done")));
}

TEST(ProgressLines, FitEightyColumns) {
  v1::Experiment experiment = WithTrials(40, v1::RUNNING);
  for (v1::Trial& trial : *experiment.mutable_trials()) {
    trial.set_label("env.id=Pendulum-v1 sac.target_entropy=-1 " + trial.label());
    trial.mutable_progress()->set_activity("training the model (restarted: learner.0 is gone)");
  }
  for (const int columns : {80, 120}) {
    const auto lines = ProgressLines(experiment, TerminalSize{24, columns}, kStart, false);
    EXPECT_THAT(lines, SizeIs(::testing::Le(24u)));
    for (const std::string& line : lines) EXPECT_LE(Width(line), columns) << line;
    EXPECT_THAT(lines[1], AllOf(HasSubstr("LABEL"), HasSubstr("STEP"), HasSubstr("RETURN")));
  }
}

TEST(ProgressLines, ShowsASummaryAndOneLinePerTrial) {
  v1::Experiment experiment = WithTrials(2, v1::RUNNING);
  experiment.mutable_trials(1)->mutable_progress()->set_step(2000);
  EXPECT_THAT(ProgressLines(experiment, TerminalSize{10, 100}, kStart, false),
              ElementsAre(StartsWith("3 demo: "), StartsWith("TRIAL"),
                          AllOf(HasSubstr("3/0"), HasSubstr("[....................]")),
                          AllOf(HasSubstr("3/1"), HasSubstr("[##########..........]"))));
}

TEST(ProgressLines, KeepsWhatRunsWhereNotAllFits) {
  v1::Experiment experiment = WithTrials(30, v1::QUEUED);
  experiment.mutable_trials(27)->set_state(v1::RUNNING);
  const std::vector<std::string> lines =
      ProgressLines(experiment, TerminalSize{6, 100}, kStart, false);
  ASSERT_THAT(lines, SizeIs(6));
  EXPECT_THAT(lines[0], HasSubstr("1 running, 29 queued"));
  EXPECT_THAT(lines[2], HasSubstr("3/27"));
  EXPECT_EQ(lines[5], "... and 27 more queued");
}

TEST(LiveProgress, DrawsOverTheLastStateAndLeavesNothingBehind) {
  std::ostringstream out;
  LiveProgress view(
      &out,
      [] {
        return TerminalSize{24, 80};
      },
      false, absl::InfiniteDuration());
  view.Update(WithTrials(1, v1::RUNNING), kStart);
  EXPECT_THAT(out.str(), Not(HasSubstr("\x1b")));
  out.str("");
  view.Note("lost the service", kStart);
  EXPECT_THAT(out.str(), AllOf(StartsWith("\x1b[3A\r\x1b[J"), HasSubstr("lost the service\n")));
  out.str("");
  view.Finish();
  EXPECT_EQ(out.str(), "\x1b[4A\r\x1b[J");
}

}  // namespace
}  // namespace vagram::cli
