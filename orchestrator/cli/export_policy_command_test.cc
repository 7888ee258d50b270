#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/command_fixture.h"

namespace vagram::cli {
namespace {

using ::testing::HasSubstr;

// Two trials, whose folders hold the policies that a test puts there, and a program that says what
// it was asked to do.
class ExportPolicyTest : public CommandTest {
 protected:
  ExportPolicyTest() {
    InstallProgram("echo \"$1 $2\"");
    service_->Start();
    v1::Experiment experiment;
    experiment.set_id("3");
    for (const char* id : {"3/0", "3/1"}) {
      v1::Trial& trial = *experiment.add_trials();
      trial.set_id(id);
      trial.set_folder(home_ + "/" + id);
    }
    service_->Put(experiment);
  }

  void InstallProgram(const std::string& body) {
    const std::string program = home_ + "/actor/export_policy";
    std::filesystem::create_directories(home_ + "/actor");
    std::ofstream(program) << "#!/bin/sh\n" << body << "\n";
    chmod(program.c_str(), 0755);
  }

  std::string PutPolicy(const std::string& trial, const std::string& name) {
    const std::string folder = home_ + "/" + trial + "/policies";
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/" + name) << "policy";
    return folder + "/" + name;
  }

  int Export(const std::string& id, const std::string& option = "--format=csv") {
    return Cli({"export", id, "--what=policy", option, "--out", out_folder()});
  }
  std::string out_folder() const { return home_ + "/made/policies"; }
};

TEST_F(ExportPolicyTest, TakesTheFinalPolicyOfEveryTrial) {
  PutPolicy("3/0", "epoch_90.policy");
  const std::string first = PutPolicy("3/0", "final.policy");
  const std::string second = PutPolicy("3/1", "final.policy");
  EXPECT_EQ(Export("3"), kExitOk) << err_.str();
  EXPECT_EQ(out_.str(), "--policy=" + first + " --out=" + out_folder() + "/3_0.pt\n" +
                            "--policy=" + second + " --out=" + out_folder() + "/3_1.pt\n");
  EXPECT_TRUE(std::filesystem::is_directory(out_folder()));
}

TEST_F(ExportPolicyTest, TakesTheNewestOfATrialThatRuns) {
  PutPolicy("3/1", "epoch_9.policy");
  const std::string newest = PutPolicy("3/1", "epoch_10.policy");
  PutPolicy("3/1", "epoch_x.policy");
  EXPECT_EQ(Export("3/1"), kExitOk) << err_.str();
  EXPECT_EQ(out_.str(), "--policy=" + newest + " --out=" + out_folder() + "/3_1.pt\n");
}

TEST_F(ExportPolicyTest, NamesPoliciesAndFilesAsJson) {
  const std::string policy = PutPolicy("3/1", "final.policy");
  EXPECT_EQ(Export("3/1", "--json"), kExitOk) << err_.str();
  EXPECT_EQ(nlohmann::json::parse(out_.str()),
            nlohmann::json::array(
                {{{"trial", "3/1"}, {"policy", policy}, {"file", out_folder() + "/3_1.pt"}}}));
}

TEST_F(ExportPolicyTest, SaysWhereThereIsNoPolicyYet) {
  EXPECT_EQ(Export("3/1"), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("trial 3/1 has left no policy"));
  EXPECT_EQ(Export("4"), kExitNotFound);
}

TEST_F(ExportPolicyTest, ExportsTheOthersAllTheSame) {
  const std::string policy = PutPolicy("3/1", "final.policy");
  EXPECT_EQ(Export("3", "--json"), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("trial 3/0 has left no policy"));
  EXPECT_EQ(nlohmann::json::parse(out_.str()),
            nlohmann::json::array(
                {{{"trial", "3/1"}, {"policy", policy}, {"file", out_folder() + "/3_1.pt"}}}));
  EXPECT_EQ(Cli({"export", "4", "3/1", "--what=policy", "--out", out_folder()}), kExitNotFound);
  EXPECT_EQ(out_.str(), "--policy=" + policy + " --out=" + out_folder() + "/3_1.pt\n");
}

TEST_F(ExportPolicyTest, ExportsNoMoreOnceItIsInterrupted) {
  PutPolicy("3/0", "final.policy");
  PutPolicy("3/1", "final.policy");
  const std::string started = home_ + "/started";
  ASSERT_EQ(mkfifo(started.c_str(), 0600), 0);
  InstallProgram("echo > " + started + "; exec sleep 1000");
  std::thread user([&] {
    std::string line;
    std::getline(std::ifstream(started), line);
    interrupt_.Trip("received SIGINT");
  });
  EXPECT_EQ(Export("3"), kExitFailed);
  user.join();
  EXPECT_EQ(err_.str(), "vagram: received SIGINT\n");
}

TEST_F(ExportPolicyTest, PassesOnWhyAPolicyCouldNotBeWritten) {
  PutPolicy("3/0", "final.policy");
  InstallProgram("echo 'vagram: it is damaged' >&2; exit 1");
  EXPECT_EQ(Export("3/0"), kExitFailed);
  EXPECT_EQ(err_.str(), "vagram: it is damaged\n");
}

}  // namespace
}  // namespace vagram::cli
