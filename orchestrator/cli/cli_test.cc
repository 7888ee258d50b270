// The commands as a user types them, against a service in this process.

#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/experiment_file_fixture.h"
#include "testing/proto_matchers.h"

namespace vagram::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

using CliTest = ExperimentFileTest;

TEST_F(CliTest, SaysHowToStartAServiceWhenNoneRuns) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"list"},
                                             {"status"},
                                             {"status", "1"},
                                             {"status", "-w"},
                                             {"logs", "1"},
                                             {"cancel", "1"},
                                             {"pause", "1"},
                                             {"resume", "1"},
                                             {"preempt", "1"},
                                             {"submit", spec_},
                                             {"down"}}) {
    EXPECT_EQ(Cli(words), kExitUnreachable) << words[0];
    EXPECT_EQ(Err(), "vagram: no service is running at " + home_ + " (`vagram up` starts one)\n");
    EXPECT_EQ(Out(), "");
  }
}

TEST_F(CliTest, SaysThatALeftOverServiceDoesNotAnswer) {
  service_->Start();
  service_->Stop();
  EXPECT_EQ(Cli({"list"}), kExitUnreachable);
  EXPECT_THAT(Err(), AllOf(StartsWith("vagram: no service is running at " + home_),
                           HasSubstr("(pid 4242) does not answer"), HasSubstr("`vagram up`")));
}

TEST_F(CliTest, SaysThatTheTokenIsWrong) {
  service_->Start();
  std::ofstream(home_ + "/token") << "another";
  EXPECT_EQ(Cli({"list"}), kExitUnreachable);
  EXPECT_THAT(Err(), HasSubstr("refuses the token in " + home_ + "/token"));
}

TEST_F(CliTest, ListsExperiments) {
  service_->Start();
  service_->Put(Ended("1", true));
  service_->Put(Ended("2", false));
  EXPECT_EQ(Cli({"list"}), kExitOk);
  EXPECT_THAT(Out(), AllOf(StartsWith("ID  NAME"), HasSubstr("succeeded"), HasSubstr("failed")));
  EXPECT_EQ(Cli({"list", "--json", "--limit=1"}), kExitOk);
  const auto json = nlohmann::json::parse(Out());
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["id"], "2");
  EXPECT_EQ(json[0]["trials"][0]["final_return"], -150);
}

TEST_F(CliTest, ListsNothingAsAnEmptyArray) {
  service_->Start();
  EXPECT_EQ(Cli({"list", "--json"}), kExitOk);
  EXPECT_EQ(Out(), "[]\n");
}

TEST_F(CliTest, ShowsTheServiceAndAnExperiment) {
  service_->Start();
  service_->Put(Ended("1", false));
  EXPECT_EQ(Cli({"status"}), kExitOk);
  EXPECT_THAT(Out(), AllOf(HasSubstr("pid 4242"), HasSubstr("2 slots"), HasSubstr("demo"),
                           HasSubstr("dashboard http://127.0.0.1:4242/\n")));
  EXPECT_EQ(Cli({"status", "--json"}), kExitOk);
  EXPECT_EQ(nlohmann::json::parse(Out())["service"]["pid"], "4242");
  EXPECT_EQ(Cli({"status", "1"}), kExitOk);
  EXPECT_THAT(Out(), AllOf(HasSubstr("1 demo: failed"), HasSubstr("learner.0 exited with 1")));
}

TEST_F(CliTest, PrintsTheExperimentsMessageAsJson) {
  service_->Start();
  service_->Put(Ended("1", true));
  EXPECT_EQ(Cli({"status", "1", "--json"}), kExitOk);
  v1::Experiment experiment;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(Out(), &experiment).ok());
  EXPECT_THAT(experiment, EqualsProto(Ended("1", true)));
}

TEST_F(CliTest, ExitsWithFourForWhatThereIsNot) {
  service_->Start();
  for (const char* command : {"status", "logs", "cancel", "pause", "resume", "preempt"}) {
    EXPECT_EQ(Cli({command, "9"}), kExitNotFound) << command;
    EXPECT_EQ(Err(), "vagram: there is no experiment 9\n");
  }
  EXPECT_EQ(Cli({"status", "9", "-w"}), kExitNotFound);
  EXPECT_EQ(Cli({"envs", "show", "Pendulun-v1"}), kExitNotFound);
  EXPECT_THAT(Err(), HasSubstr("Pendulum-v1"));
}

TEST_F(CliTest, CancelsAnExperiment) {
  service_->Start();
  service_->Put(Ended("1", true));
  EXPECT_EQ(Cli({"cancel", "1"}), kExitOk);
  EXPECT_EQ(Out(), "1/0 cancelled\n");
  EXPECT_THAT(service_->cancelled(), ElementsAre("1"));
}

TEST_F(CliTest, PausesResumesAndPreemptsSeveralExperiments) {
  service_->Start();
  v1::Experiment first = Ended("1", true);
  first.mutable_trials(0)->set_reason("saving a checkpoint, then paused");
  service_->Put(first);
  service_->Put(Ended("2", true));
  EXPECT_EQ(Cli({"pause", "1", "2"}), kExitOk);
  EXPECT_EQ(Out(), "1/0 paused (saving a checkpoint, then paused)\n1/0 paused\n");
  EXPECT_EQ(Cli({"resume", "2"}), kExitOk);
  EXPECT_EQ(Out(), "1/0 queued\n");
  EXPECT_EQ(Cli({"preempt", "9", "2"}), kExitNotFound) << "the others are preempted all the same";
  EXPECT_EQ(Err(), "vagram: there is no experiment 9\n");
  EXPECT_EQ(Out(), "1/0 running\n");
  EXPECT_THAT(service_->steered(), ElementsAre("pause 1", "pause 2", "resume 2", "preempt 2"));
}

TEST_F(CliTest, WaitsForAPausedExperimentAndSaysSoOnce) {
  service_->Start();
  v1::Experiment paused = Ended("1", true);
  paused.set_state(v1::EXPERIMENT_PAUSED);
  paused.mutable_trials(0)->set_state(v1::PAUSED);
  service_->AddWatch({paused, paused});
  service_->AddWatch({paused, Ended("1", true)});
  EXPECT_EQ(Cli({"submit", spec_, "--wait"}), kExitOk);
  const std::string note = "experiment 1 is paused: `vagram resume 1` lets it go on";
  EXPECT_THAT(Err(), AllOf(HasSubstr(note), HasSubstr("1/0 seed=0: paused")));
  EXPECT_EQ(Err().find(note), Err().rfind(note)) << "once";
}

TEST_F(CliTest, ShowsReplacedActors) {
  service_->Start();
  v1::Experiment experiment = Ended("1", true);
  service_->Put(experiment);
  EXPECT_EQ(Cli({"status", "1"}), kExitOk);
  EXPECT_THAT(Out(), Not(HasSubstr("replaced")));
  experiment.mutable_trials(0)->set_replaced_actors(2);
  service_->Put(experiment);
  EXPECT_EQ(Cli({"status", "1"}), kExitOk);
  EXPECT_THAT(Out(), HasSubstr("1/0 attempt 1: 2 lost actors replaced"));
}

TEST_F(CliTest, PrefixesLogLinesWithTheirSource) {
  service_->Start();
  service_->Put(Ended("1", true));
  v1::LogChunk learner;
  learner.set_trial_id("1/0");
  learner.set_source("learner.0");
  learner.set_text("first\nsecond\n");
  service_->SetLogs({learner});
  EXPECT_EQ(Cli({"logs", "1", "-f"}), kExitOk);
  EXPECT_EQ(Out(), "learner.0 | first\nlearner.0 | second\n");
  EXPECT_EQ(Cli({"logs", "1", "--role=learner", "-n", "5"}), kExitOk);
  EXPECT_EQ(Out(), "first\nsecond\n");
  v1::Experiment two = Ended("1", true);
  *two.add_trials() = two.trials(0);
  service_->Put(two);
  EXPECT_EQ(Cli({"logs", "1"}), kExitOk);
  EXPECT_EQ(Out(), "1/0 learner.0 | first\n1/0 learner.0 | second\n");
  EXPECT_TRUE(service_->log_requests()[0].follow());
  EXPECT_EQ(service_->log_requests()[1].role(), v1::LEARNER);
  EXPECT_EQ(service_->log_requests()[1].tail_lines(), 5);
}

TEST_F(CliTest, FollowsLogsBeyondTheDeadlineOfAStream) {
  service_->Start();
  service_->Put(Ended("1", true));
  const auto chunk = [](const std::string& text) {
    v1::LogChunk chunk;
    chunk.set_trial_id("1/0");
    chunk.set_source("learner");
    chunk.set_text(text);
    return chunk;
  };
  const absl::Status deadline = absl::DeadlineExceededError("Deadline Exceeded");
  service_->AddLogs({chunk("first\nsecond\n")}, deadline);
  service_->AddLogs({chunk("first\nsecond\nfirst\n"), chunk("third\n")}, deadline);
  service_->SetLogs({chunk("first\nsecond\nfirst\nthird\n")});
  EXPECT_EQ(Cli({"logs", "1", "-f", "-n", "2"}), kExitOk) << Err();
  EXPECT_EQ(Out(), "learner | first\nlearner | second\nlearner | first\nlearner | third\n");
  const std::vector<v1::GetLogsRequest> requests = service_->log_requests();
  ASSERT_THAT(requests, SizeIs(3));
  EXPECT_EQ(requests[0].tail_lines(), 2);
  EXPECT_EQ(requests[1].tail_lines(), 1000);
  EXPECT_TRUE(requests[1].follow());
}

TEST_F(CliTest, TakesNoDeadlineOfAStreamForAMissingService) {
  service_->Start();
  service_->Put(Ended("1", true));
  service_->AddLogs({}, absl::DeadlineExceededError("Deadline Exceeded"));
  EXPECT_EQ(Cli({"logs", "1"}), kExitUnreachable);
  EXPECT_THAT(Err(), AllOf(HasSubstr("has reached its deadline"), Not(HasSubstr("no service"))));
}

TEST_F(CliTest, WatchesAnExperimentAsJsonLines) {
  service_->Start();
  service_->Put(Ended("1", true));
  EXPECT_EQ(Cli({"status", "1", "-w", "--json"}), kExitOk);
  const std::string lines = Out();
  EXPECT_EQ(nlohmann::json::parse(lines)["state"], "EXPERIMENT_SUCCEEDED");
  EXPECT_EQ(lines.find('\n'), lines.size() - 1) << lines;
}

TEST_F(CliTest, ListsTheCatalogues) {
  EXPECT_EQ(Cli({"envs", "--json"}), kExitOk);
  EXPECT_GE(nlohmann::json::parse(Out()).size(), 3u);
  EXPECT_EQ(Cli({"envs", "show", "Pendulum-v1"}), kExitOk);
  EXPECT_THAT(Out(), HasSubstr("200 steps"));
  EXPECT_EQ(Cli({"losses"}), kExitOk);
  EXPECT_THAT(Out(), AllOf(HasSubstr("vagram"), HasSubstr("mle")));
  EXPECT_EQ(Cli({"presets", "--json"}), kExitOk);
  EXPECT_TRUE(nlohmann::json::parse(Out()).is_array());
}

TEST_F(CliTest, FailsWhenItsOutputCannotBeWritten) {
  service_->Start();
  service_->Put(Ended("1", true));
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--help"},
                                             {"--version"},
                                             {"list", "--help"},
                                             {"losses"},
                                             {"list"},
                                             {"status"},
                                             {"status", "1", "--json"},
                                             {"status", "1", "-w"}}) {
    std::ofstream full("/dev/full");
    Console console{full, err_, false, false, ColorMode::kNever, &interrupt_};
    EXPECT_EQ(Run(words, console), kExitFailed) << words[0];
    EXPECT_EQ(Err(), "vagram: could not write the output: is the disk full?\n") << words[0];
  }
}

TEST_F(CliTest, DoctorNamesWhatIsMissing) {
  EXPECT_EQ(Cli({"doctor"}), kExitFailed);
  EXPECT_THAT(Out(), AllOf(HasSubstr("learner/learner"), HasSubstr("-> start vagram through")));
  EXPECT_EQ(Cli({"doctor", "--json"}), kExitFailed);
  EXPECT_EQ(nlohmann::json::parse(Out()).size(), 15u);
}

TEST_F(CliTest, AnswersWhatCompletionAsksForAndIsSilentWithoutAService) {
  EXPECT_EQ(Cli({"completion", "ids"}), kExitOk);
  EXPECT_EQ(Out() + Err(), "");
  service_->Start();
  service_->Put(Ended("1", true));
  service_->Put(Ended("2", true));
  EXPECT_EQ(Cli({"completion", "ids"}), kExitOk);
  EXPECT_EQ(Out(), "2\n1\n");
  EXPECT_EQ(Cli({"completion", "ids", "1/"}), kExitOk);
  EXPECT_EQ(Out(), "1/0\n");
  EXPECT_EQ(Cli({"completion", "ids", "9/"}), kExitOk);
  EXPECT_EQ(Out() + Err(), "");
  EXPECT_EQ(Cli({"completion", "keys"}), kExitOk);
  EXPECT_THAT(Out(), AllOf(HasSubstr("model.loss\n"), HasSubstr("seeds\n")));
  EXPECT_EQ(Cli({"completion", "tasks"}), kExitOk);
  EXPECT_THAT(Out(), HasSubstr("Pendulum-v1\n"));
}

TEST_F(CliTest, UpFindsTheRunningService) {
  service_->Start();
  EXPECT_EQ(Cli({"up"}), kExitOk);
  EXPECT_THAT(Out(), AllOf(HasSubstr("is running already"), HasSubstr("pid 4242")));
}

}  // namespace
}  // namespace vagram::cli
