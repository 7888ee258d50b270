// The commands as a user types them, against a service in this process.

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/command_fixture.h"
#include "testing/proto_matchers.h"

namespace vagram::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kSpec[] = R"(
name: demo
base:
  env: {id: Pendulum-v1}
sweep:
  grid: {model.loss: [vagram, mle]}
seeds: [0, 1]
)";

v1::Experiment Parse(const std::string& text) {
  v1::Experiment experiment;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &experiment));
  return experiment;
}

v1::Experiment Ended(const std::string& id, bool succeeded) {
  v1::Experiment experiment = Parse(R"pb(
    name: "demo"
    state: EXPERIMENT_SUCCEEDED
    folder: "/h/1"
    trials { id: "1/0" label: "seed=0" state: SUCCEEDED attempt: 1 final_return: -150 }
  )pb");
  experiment.set_id(id);
  if (!succeeded) {
    experiment.set_state(v1::EXPERIMENT_FAILED);
    experiment.mutable_trials(0)->set_state(v1::FAILED);
    experiment.mutable_trials(0)->set_reason("learner.0 exited with 1");
  }
  return experiment;
}

class CliTest : public CommandTest {
 protected:
  CliTest() : spec_(home_ + "/demo.yaml") { std::ofstream(spec_) << kSpec; }

  std::string Out() const { return out_.str(); }
  std::string Err() const { return err_.str(); }

  const std::string spec_;
};

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

TEST_F(CliTest, SubmitsTheFileWithItsOverridesAndPrintsTheId) {
  service_->Start();
  EXPECT_EQ(Cli({"submit", spec_, "--set", "num_steps=20000"}), kExitOk) << Err();
  EXPECT_EQ(Out(), "1\n");
  ASSERT_THAT(service_->submissions(), SizeIs(1));
  const v1::SubmitRequest request = service_->submissions()[0];
  EXPECT_EQ(request.spec_yaml(), kSpec);
  EXPECT_EQ(request.spec_file(), spec_);
  EXPECT_THAT(request.overrides(), ElementsAre("num_steps=20000"));
  EXPECT_THAT(request.client_request_id(), SizeIs(32));
  Cli({"submit", spec_});
  EXPECT_NE(service_->submissions()[1].client_request_id(), request.client_request_id());
}

TEST_F(CliTest, DoesNotSubmitABadFile) {
  service_->Start();
  EXPECT_EQ(Cli({"submit", spec_, "--set", "model.los=vagram"}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("model.los"));
  EXPECT_EQ(Cli({"submit", home_ + "/absent.yaml"}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("cannot read " + home_ + "/absent.yaml"));
  EXPECT_THAT(service_->submissions(), IsEmpty());
}

TEST_F(CliTest, WaitsForTheEndAcrossALossOfTheService) {
  service_->Start();
  v1::Experiment running = Ended("1", true);
  running.set_state(v1::EXPERIMENT_RUNNING);
  running.mutable_trials(0)->set_state(v1::RUNNING);
  running.mutable_trials(0)->clear_final_return();
  service_->AddWatch({running});
  service_->AddWatch({running, Ended("1", true)});
  EXPECT_EQ(Cli({"submit", spec_, "--wait"}), kExitOk);
  EXPECT_EQ(service_->watches(), 2);
  EXPECT_THAT(Out(), AllOf(StartsWith("1\n"), HasSubstr("FINAL RETURN"), HasSubstr("-150.0")));
  EXPECT_THAT(Err(),
              AllOf(HasSubstr("running"), HasSubstr("lost the service"), HasSubstr("succeeded")));
}

TEST_F(CliTest, ExitsWithOneAfterAFailedTrial) {
  service_->Start();
  service_->AddWatch({Ended("1", false)});
  EXPECT_EQ(Cli({"submit", spec_, "--wait", "--json"}), kExitFailed);
  EXPECT_THAT(Err(), HasSubstr("1/0 failed: learner.0 exited with 1"));
  EXPECT_EQ(nlohmann::json::parse(Out())["state"], "EXPERIMENT_FAILED");
}

TEST_F(CliTest, RunUsesTheRunningServiceAndLeavesItAlone) {
  service_->Start();
  service_->AddWatch({Ended("1", true)});
  EXPECT_EQ(Cli({"run", spec_}), kExitOk) << Err();
  EXPECT_THAT(Err(),
              AllOf(HasSubstr("experiment 1"), HasSubstr("dashboard http://127.0.0.1:4242/\n"),
                    Not(HasSubstr("bringing up")), Not(HasSubstr("stopped the service"))));
  EXPECT_THAT(Out(), HasSubstr("-150.0"));
}

TEST_F(CliTest, RunChecksTheFileBeforeItStartsAnything) {
  EXPECT_EQ(Cli({"run", spec_, "--set", "num_steps=soon"}), kExitUsage);
  EXPECT_THAT(Err(), AllOf(HasSubstr("num_steps"), Not(HasSubstr("bringing up"))));
}

TEST_F(CliTest, RunWithoutServiceOrProgramsSaysWhatIsMissing) {
  EXPECT_EQ(Cli({"run", spec_}), kExitFailed);
  EXPECT_THAT(Err(), HasSubstr(home_ + "/orchestrator/orchestrator is missing"));
}

TEST_F(CliTest, CtrlCCancelsTheRun) {
  service_->Start();
  v1::Experiment running = Ended("1", true);
  running.set_state(v1::EXPERIMENT_RUNNING);
  running.mutable_trials(0)->set_state(v1::RUNNING);
  service_->Put(running);
  // The fake's watch ends at once and is opened again, until the interrupt comes.
  std::thread user([this] {
    while (service_->watches() < 2) std::this_thread::yield();
    interrupt_.Trip("received SIGINT");
  });
  EXPECT_EQ(Cli({"run", spec_}), kExitFailed);
  user.join();
  EXPECT_THAT(service_->cancelled(), ElementsAre("1"));
  EXPECT_THAT(Err(), HasSubstr("cancelling experiment 1; Ctrl-C again leaves at once"));
  EXPECT_THAT(Out(), HasSubstr("cancelled"));
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

TEST_F(CliTest, ChecksAFileAndListsItsTrials) {
  EXPECT_EQ(Cli({"check", spec_}), kExitOk) << Err();
  EXPECT_THAT(Out(), AllOf(HasSubstr("model.loss=vagram seed=0"), HasSubstr("Pendulum-v1")));
  EXPECT_THAT(Err(), HasSubstr("demo: 4 trials"));
  EXPECT_EQ(Cli({"check", spec_, "--json"}), kExitOk);
  const auto json = nlohmann::json::parse(Out());
  ASSERT_EQ(json["trials"].size(), 4u);
  EXPECT_EQ(json["trials"][3]["config"]["model"]["loss"], "mle");
}

TEST_F(CliTest, TellsPriorityAndWhatAFailureMeansWhereNotAsUsual) {
  EXPECT_EQ(Cli({"check", spec_}), kExitOk);
  EXPECT_EQ(Err(), "demo: 4 trials, up to 3 restarts each\n");
  EXPECT_EQ(Cli({"check", spec_, "--set", "priority=-5", "--set", "on_failure=fail-fast"}),
            kExitOk);
  EXPECT_EQ(Err(),
            "demo: 4 trials, up to 3 restarts each, priority -5, the first failure cancels the "
            "others\n");
  EXPECT_EQ(Cli({"check", spec_, "--json", "--set", "priority=5"}), kExitOk);
  EXPECT_EQ(nlohmann::json::parse(Out())["priority"], 5);
  EXPECT_EQ(nlohmann::json::parse(Out())["on_failure"], "keep-going");
}

TEST_F(CliTest, ADryRunListsTheTrialsAndSubmitsNothing) {
  ASSERT_EQ(Cli({"check", spec_}), kExitOk);
  const std::string trials = Out();
  for (const bool is_up : {false, true}) {
    if (is_up) service_->Start();
    for (const std::string command : {"run", "submit"}) {
      EXPECT_EQ(Cli({command, "--dry-run", spec_}), kExitOk) << command;
      EXPECT_EQ(Out(), trials);
      EXPECT_EQ(Err(), "demo: 4 trials, up to 3 restarts each\ndry run: nothing was submitted\n");
      EXPECT_EQ(Cli({command, "--dry-run", spec_, "--json"}), kExitOk);
      EXPECT_EQ(nlohmann::json::parse(Out())["trials"].size(), 4u);
      EXPECT_EQ(Cli({command, "--dry-run", spec_, "--set", "priority=101"}), kExitUsage);
      EXPECT_THAT(Err(), HasSubstr("expected a whole number, at least -100 and at most 100"));
      EXPECT_EQ(Out(), "");
    }
  }
  EXPECT_THAT(service_->submissions(), IsEmpty());
}

TEST_F(CliTest, CheckPrintsEveryFaultWithItsPlace) {
  std::ofstream(spec_) << "name: demo\nbase:\n  env: {id: Pendulum-v1}\n  num_steps: many\n"
                          "  model: {elites: -1}\n";
  EXPECT_EQ(Cli({"check", spec_}), kExitUsage);
  EXPECT_THAT(Err(), AllOf(HasSubstr(spec_ + ":4"), HasSubstr(spec_ + ":5")));
  EXPECT_EQ(Out(), "");
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
