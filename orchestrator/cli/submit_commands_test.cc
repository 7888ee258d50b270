// The commands that take an experiment file, against a service in this process.

#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/experiment_file_fixture.h"

namespace vagram::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

using SubmitCommandsTest = ExperimentFileTest;

TEST_F(SubmitCommandsTest, SubmitsTheFileWithItsOverridesAndPrintsTheId) {
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

TEST_F(SubmitCommandsTest, DoesNotSubmitABadFile) {
  service_->Start();
  EXPECT_EQ(Cli({"submit", spec_, "--set", "model.los=vagram"}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("model.los"));
  EXPECT_EQ(Cli({"submit", home_ + "/absent.yaml"}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("cannot read " + home_ + "/absent.yaml"));
  EXPECT_THAT(service_->submissions(), IsEmpty());
}

TEST_F(SubmitCommandsTest, WaitsForTheEndAcrossALossOfTheService) {
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

TEST_F(SubmitCommandsTest, ExitsWithOneAfterAFailedTrial) {
  service_->Start();
  service_->AddWatch({Ended("1", false)});
  EXPECT_EQ(Cli({"submit", spec_, "--wait", "--json"}), kExitFailed);
  EXPECT_THAT(Err(), HasSubstr("1/0 failed: learner.0 exited with 1"));
  EXPECT_EQ(nlohmann::json::parse(Out())["state"], "EXPERIMENT_FAILED");
}

TEST_F(SubmitCommandsTest, RunUsesTheRunningServiceAndLeavesItAlone) {
  service_->Start();
  service_->AddWatch({Ended("1", true)});
  EXPECT_EQ(Cli({"run", spec_}), kExitOk) << Err();
  EXPECT_THAT(Err(),
              AllOf(HasSubstr("experiment 1"), HasSubstr("dashboard http://127.0.0.1:4242/\n"),
                    Not(HasSubstr("bringing up")), Not(HasSubstr("stopped the service"))));
  EXPECT_THAT(Out(), HasSubstr("-150.0"));
}

TEST_F(SubmitCommandsTest, RunChecksTheFileBeforeItStartsAnything) {
  EXPECT_EQ(Cli({"run", spec_, "--set", "num_steps=soon"}), kExitUsage);
  EXPECT_THAT(Err(), AllOf(HasSubstr("num_steps"), Not(HasSubstr("bringing up"))));
}

TEST_F(SubmitCommandsTest, RunWithoutServiceOrProgramsSaysWhatIsMissing) {
  EXPECT_EQ(Cli({"run", spec_}), kExitFailed);
  EXPECT_THAT(Err(), HasSubstr(home_ + "/orchestrator/orchestrator is missing"));
}

TEST_F(SubmitCommandsTest, CtrlCCancelsTheRun) {
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

TEST_F(SubmitCommandsTest, ChecksAFileAndListsItsTrials) {
  EXPECT_EQ(Cli({"check", spec_}), kExitOk) << Err();
  EXPECT_THAT(Out(), AllOf(HasSubstr("model.loss=vagram seed=0"), HasSubstr("Pendulum-v1")));
  EXPECT_THAT(Err(), HasSubstr("demo: 4 trials"));
  EXPECT_EQ(Cli({"check", spec_, "--json"}), kExitOk);
  const auto json = nlohmann::json::parse(Out());
  ASSERT_EQ(json["trials"].size(), 4u);
  EXPECT_EQ(json["trials"][3]["config"]["model"]["loss"], "mle");
}

TEST_F(SubmitCommandsTest, TellsPriorityAndWhatAFailureMeansWhereNotAsUsual) {
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

TEST_F(SubmitCommandsTest, ADryRunListsTheTrialsAndSubmitsNothing) {
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

TEST_F(SubmitCommandsTest, CheckPrintsEveryFaultWithItsPlace) {
  std::ofstream(spec_) << "name: demo\nbase:\n  env: {id: Pendulum-v1}\n  num_steps: many\n"
                          "  model: {elites: -1}\n";
  EXPECT_EQ(Cli({"check", spec_}), kExitUsage);
  EXPECT_THAT(Err(), AllOf(HasSubstr(spec_ + ":4"), HasSubstr(spec_ + ":5")));
  EXPECT_EQ(Out(), "");
}

}  // namespace
}  // namespace vagram::cli
