// export of metrics as a user types it, against a service in this process; compare_command_test.cc
// has more of it.
#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/analysis/trial_fixtures.h"
#include "orchestrator/cli/command_fixture.h"

namespace vagram::cli {
namespace {

using ::testing::HasSubstr;

class ExportCommandTest : public CommandTest {
 protected:
  ExportCommandTest() {
    service_->Start();
    const analysis::RecordedTrial recorded =
        analysis::SucceededTrial("1/0", 0, {}, analysis::RiseTo(1));
    v1::Experiment experiment;
    experiment.set_id("1");
    *experiment.add_trials() = recorded.trial;
    service_->Put(experiment);
    service_->PutMetrics("1/0", recorded.rows);
  }
};

TEST_F(ExportCommandTest, MakesTheFolderAndThoseThatItLiesIn) {
  const std::string folder = home_ + "/made/metrics";
  EXPECT_EQ(Cli({"export", "1", "--out", folder}), kExitOk) << err_.str();
  EXPECT_TRUE(std::filesystem::exists(folder + "/metrics.csv"));
  EXPECT_EQ(Cli({"export", "1", "--out", folder}), kExitOk) << "it is there: " << err_.str();
}

TEST_F(ExportCommandTest, SaysWhichFolderItCannotMake) {
  std::ofstream(home_ + "/file") << "no folder";
  for (const std::string what : {"metrics", "policy"}) {
    for (const std::string& folder : {home_ + "/file", home_ + "/file/metrics"}) {
      EXPECT_EQ(Cli({"export", "1", "--what", what, "--out", folder}), kExitFailed);
      EXPECT_THAT(err_.str(), HasSubstr("cannot make the folder " + folder + ": "));
    }
  }
}

TEST_F(ExportCommandTest, FailsWhenItCannotSayWhatItWrote) {
  std::ofstream full("/dev/full");
  Console console{full, err_, false, false, ColorMode::kNever, &interrupt_};
  EXPECT_EQ(Run({"export", "1", "--out", home_ + "/data"}, console), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("could not write the output"));
}

}  // namespace
}  // namespace vagram::cli
