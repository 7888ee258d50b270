#include "orchestrator/cli/experiment_tables.h"

#include <google/protobuf/text_format.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

v1::Experiment Parse(const std::string& text) {
  v1::Experiment experiment;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &experiment));
  return experiment;
}

const absl::Time kNow = absl::FromUnixSeconds(10000);

v1::Experiment Example() {
  return Parse(R"pb(
    id: "3"
    name: "quickstart"
    state: EXPERIMENT_RUNNING
    folder: "/h/experiments/3"
    trials {
      id: "3/0"
      label: "model.loss=vagram seed=0"
      state: SUCCEEDED
      attempt: 2
      max_attempts: 4
      started_at { seconds: 9000 }
      ended_at { seconds: 9125 }
      final_return: -152.34
      progress { step: 4000 num_steps: 4000 episode_return: -150 }
      folder: "/h/experiments/3/0"
    }
    trials {
      id: "3/1"
      label: "model.loss=mle seed=0"
      state: RUNNING
      attempt: 1
      max_attempts: 4
      started_at { seconds: 9940 }
      progress {
        step: 1000
        num_steps: 4000
        episode_return: -1200.5
        updates_per_second: 95.4
        eta_seconds: 62
        activity: "training the model"
      }
      workers {
        role: LEARNER
        host: "box"
        pid: 42
        address: "127.0.0.1:9"
        last_heartbeat { seconds: 9998 }
      }
    }
    trials { id: "3/2" label: "model.loss=mle seed=1" state: QUEUED reason: "waits for a slot" }
    trials {
      id: "3/3"
      label: "model.loss=mle seed=2"
      state: FAILED
      attempt: 4
      reason: "learner.0 exited with 1"
      folder: "/h/experiments/3/3"
    }
  )pb");
}

TrialList AllTrials(const v1::Experiment& experiment) {
  return UrgentTrials(experiment, experiment.trials_size()).trials;
}

std::vector<std::string> WholeTrialLines(const v1::Experiment& experiment) {
  return TrialLines(experiment, AllTrials(experiment), kNow, false, kAnyWidth);
}

TEST(TrialLines, ShowsWhatEachTrialDoes) {
  EXPECT_THAT(WholeTrialLines(Example()),
              ElementsAre(StartsWith("TRIAL  LABEL"),
                          AllOf(HasSubstr("succeeded"), HasSubstr("2/4"), HasSubstr("4000/4000"),
                                HasSubstr("-152.3"), HasSubstr("2m05s")),
                          AllOf(HasSubstr("running"), HasSubstr("1000/4000"), HasSubstr("-1200.5"),
                                HasSubstr("95"), HasSubstr("1m00s"), HasSubstr("1m02s"),
                                HasSubstr("training the model")),
                          AllOf(HasSubstr("queued"), HasSubstr("waits for a slot")),
                          AllOf(HasSubstr("failed"), HasSubstr("learner.0 exited with 1"))));
}

TEST(TrialLines, SaysWhyATrialRestsStallsOrRunsAgain) {
  v1::Experiment experiment = Example();
  v1::Trial& paused = *experiment.mutable_trials(2);
  paused.set_state(v1::PAUSED);
  paused.set_reason("paused by a user");
  v1::Trial& running = *experiment.mutable_trials(1);
  running.add_attempts()->set_reason("learner.0 is gone");
  running.set_reason("learner.0 is gone");
  const auto detail = [&] { return WholeTrialLines(experiment)[2]; };
  EXPECT_THAT(WholeTrialLines(experiment)[3],
              AllOf(HasSubstr("paused"), HasSubstr("paused by a user")));
  EXPECT_THAT(detail(), HasSubstr("training the model (restarted: learner.0 is gone)"));
  running.set_reason("saving a checkpoint, then queued: preempted by a user");
  EXPECT_THAT(detail(), AllOf(HasSubstr("saving a checkpoint, then queued"),
                              ::testing::Not(HasSubstr("restarted"))));
  running.set_state(v1::STALLED);
  running.set_reason("no sign of work for 5 min");
  EXPECT_THAT(detail(), AllOf(HasSubstr("stalled"), HasSubstr("no sign of work for 5 min")));
  EXPECT_EQ(Summary(experiment),
            "3 quickstart: running, 2 of 4 trials done, 1 failed, 1 stalled, 1 paused");
}

TEST(TrialLines, FitTheTerminalWithIdsStatesAndNumbersWhole) {
  v1::Experiment experiment = Example();
  for (v1::Trial& trial : *experiment.mutable_trials()) {
    trial.set_label("env.id=Pendulum-v1 sac.target_entropy=-1 " + trial.label());
  }
  for (const int columns : {80, 120}) {
    const auto lines = TrialLines(experiment, AllTrials(experiment), kNow, false, columns);
    for (const std::string& line : lines) EXPECT_LE(Width(line), columns) << line;
    EXPECT_THAT(lines[2], AllOf(StartsWith("3/1 "), HasSubstr("running"), HasSubstr("1000/4000"),
                                HasSubstr("-1200.5"), HasSubstr("1m02s"), HasSubstr("mle"),
                                ::testing::Not(HasSubstr("target_entropy"))));
  }
}

TEST(UrgentTrials, PutsTroubleFirstAndCountsTheRest) {
  const v1::Experiment example = Example();
  const ShownTrials shown = UrgentTrials(example, 2);
  ASSERT_EQ(shown.trials.size(), 2u);
  EXPECT_EQ(shown.trials[0]->id(), "3/3");
  EXPECT_EQ(shown.trials[1]->id(), "3/1");
  EXPECT_EQ(shown.left_out, "... and 1 more queued, 1 more succeeded");
  EXPECT_EQ(UrgentTrials(example, 4).left_out, "");
  EXPECT_EQ(UrgentTrials(example, 4).trials[0]->id(), "3/0") << "in order where all are shown";
}

TEST(Peculiarities, AreNamedWhereThereAreAny) {
  v1::Experiment experiment = Example();
  EXPECT_EQ(Peculiarities(experiment), "");
  experiment.set_priority(-5);
  experiment.set_tuning(true);
  experiment.set_fail_fast(true);
  EXPECT_EQ(Peculiarities(experiment), "priority -5, tuning, fail-fast");
  EXPECT_THAT(Summary(experiment), StartsWith("3 quickstart: running, priority -5, tuning"));
  v1::ListExperimentsResponse list;
  *list.add_experiments() = experiment;
  EXPECT_THAT(ExperimentTable(list.experiments(), kNow).Lines(false)[1],
              HasSubstr("priority -5, tuning, fail-fast"));
}

TEST(FailureLines, DoNotCallATrialThatWasStoppedEarlyAFailure) {
  v1::Experiment experiment = Example();
  experiment.mutable_trials(3)->set_state(v1::STOPPED);
  EXPECT_THAT(FailureLines(experiment), ::testing::IsEmpty());
  EXPECT_THAT(Summary(experiment), HasSubstr("1 stopped"));
}

TEST(WorkerTable, ShowsEveryProcess) {
  const v1::Experiment example = Example();
  EXPECT_THAT(WorkerTable(AllTrials(example), kNow).Lines(false),
              ElementsAre("TRIAL  WORKER     HOST  PID  ADDRESS      LAST HEARTBEAT",
                          "3/1    learner.0  box    42  127.0.0.1:9          2s ago"));
}

TEST(ResultLines, ShowsFinalReturnRestartsAndFolder) {
  const std::vector<std::string> lines = ResultLines(Example(), kNow, false, kAnyWidth);
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0],
            "TRIAL  LABEL                     STATE          STEPS  FINAL RETURN   TIME  RESTARTS"
            "  FOLDER");
  EXPECT_EQ(lines[1],
            "3/0    model.loss=vagram seed=0  succeeded  4000/4000        -152.3  2m05s         1"
            "  /h/experiments/3/0");
}

TEST(ExperimentTable, CountsEndedTrials) {
  v1::ListExperimentsResponse list;
  *list.add_experiments() = Example();
  EXPECT_THAT(ExperimentTable(list.experiments(), kNow).Lines(false),
              ElementsAre("ID  NAME        STATE    DONE  SUBMITTED  ENDED",
                          " 3  quickstart  running   2/4  -          -"));
}

TEST(Summary, CountsStates) {
  EXPECT_EQ(Summary(Example()),
            "3 quickstart: running, 2 of 4 trials done, 1 failed, 1 running, 1 queued");
}

TEST(FailureLines, SayWhyAndWhereToLook) {
  EXPECT_THAT(FailureLines(Example()),
              ElementsAre("3/3 failed: learner.0 exited with 1 (logs in /h/experiments/3/3/logs)"));
}

TEST(ProgressBar, NeverLeavesItsWidth) {
  EXPECT_EQ(ProgressBar(0, 10, 4), "[....]");
  EXPECT_EQ(ProgressBar(5, 10, 4), "[##..]");
  EXPECT_EQ(ProgressBar(99, 10, 4), "[####]");
  EXPECT_EQ(ProgressBar(5, 0, 4), "[....]");
}

}  // namespace
}  // namespace vagram::cli
