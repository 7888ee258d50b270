#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "core/base/stop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/cli.h"

namespace vagram::cli {
namespace {

class ProgramCommandsTest : public ::testing::Test {
 protected:
  ProgramCommandsTest() : folder_(::testing::TempDir() + "programs.XXXXXX") {
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    setenv("VAGRAM_BIN_DIR", folder_.c_str(), 1);
  }
  int Run(const std::vector<std::string>& words) {
    Console console{out_, err_, false, false, ColorMode::kNever, &interrupt_};
    return RunCommandLine(words, console);
  }
  void InstallProgram(const std::string& name, const std::string& body) {
    const std::filesystem::path program = folder_ + "/" + name;
    std::filesystem::create_directories(program.parent_path());
    std::ofstream(program) << "#!/bin/sh\n" << body << "\n";
    chmod(program.c_str(), 0755);
  }

  std::string folder_;
  std::ostringstream out_, err_;
  Stop interrupt_;
};

TEST_F(ProgramCommandsTest, BecomesTheProgramThatMakesClips) {
  InstallProgram("actor/render", "echo \"$1 and $2\" >&2; exit 7");
  EXPECT_EXIT(Run({"render", "--env=Hopper-v4", "--out", "my clip.mp4"}),
              ::testing::ExitedWithCode(7), "--env=Hopper-v4 and --out=my clip.mp4");
}

TEST_F(ProgramCommandsTest, BecomesTheProgramThatMakesFigures) {
  InstallProgram("lab/lab", "echo \"$1 and $2 and $3\" >&2; exit 3");
  EXPECT_EXIT(Run({"lab", "surface", "--seed=3", "--out", "a b"}), ::testing::ExitedWithCode(3),
              "surface and --out=a b and --seed=3");
}

TEST_F(ProgramCommandsTest, SaysWhatIsMissing) {
  EXPECT_EQ(Run({"render", "--env=Hopper-v4", "--out=a.mp4"}), kExitFailed);
  EXPECT_THAT(err_.str(), ::testing::HasSubstr("cannot run " + folder_ + "/actor/render"));
}

}  // namespace
}  // namespace vagram::cli
