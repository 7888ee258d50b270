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

TEST(TrialTable, ShowsWhatEachTrialDoes) {
  EXPECT_THAT(TrialTable(Example(), kNow).Lines(false),
              ElementsAre(StartsWith("TRIAL  LABEL"),
                          AllOf(HasSubstr("succeeded"), HasSubstr("2/4"), HasSubstr("4000/4000"),
                                HasSubstr("-152.3"), HasSubstr("2m05s")),
                          AllOf(HasSubstr("running"), HasSubstr("1000/4000"), HasSubstr("-1200.5"),
                                HasSubstr("95"), HasSubstr("1m00s"), HasSubstr("1m02s"),
                                HasSubstr("training the model")),
                          AllOf(HasSubstr("queued"), HasSubstr("waits for a slot")),
                          AllOf(HasSubstr("failed"), HasSubstr("learner.0 exited with 1"))));
}

TEST(TrialTable, SaysWhyATrialRestsStallsOrRunsAgain) {
  v1::Experiment experiment = Example();
  v1::Trial& paused = *experiment.mutable_trials(2);
  paused.set_state(v1::PAUSED);
  paused.set_reason("paused by a user");
  v1::Trial& running = *experiment.mutable_trials(1);
  running.add_attempts()->set_reason("learner.0 is gone");
  running.set_reason("learner.0 is gone");
  const auto detail = [&] { return TrialTable(experiment, kNow).Lines(false)[2]; };
  EXPECT_THAT(TrialTable(experiment, kNow).Lines(false)[3],
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

TEST(WorkerTable, ShowsEveryProcess) {
  EXPECT_THAT(WorkerTable(Example(), kNow).Lines(false),
              ElementsAre("TRIAL  WORKER     HOST  PID  ADDRESS      LAST HEARTBEAT",
                          "3/1    learner.0  box    42  127.0.0.1:9          2s ago"));
}

TEST(ResultTable, ShowsFinalReturnRestartsAndFolder) {
  const std::vector<std::string> lines = ResultTable(Example(), kNow).Lines(false);
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
