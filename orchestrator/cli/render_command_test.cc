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

class RenderCommandTest : public ::testing::Test {
 protected:
  RenderCommandTest() : folder_(::testing::TempDir() + "render.XXXXXX") {
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    setenv("VAGRAM_BIN_DIR", folder_.c_str(), 1);
  }
  int Run(const std::vector<std::string>& words) {
    Console console{out_, err_, false, false, false, &interrupt_};
    return RunCommandLine(words, console);
  }
  void InstallProgram(const std::string& body) {
    std::filesystem::create_directories(folder_ + "/actor");
    const std::string program = folder_ + "/actor/render";
    std::ofstream(program) << "#!/bin/sh\n" << body << "\n";
    chmod(program.c_str(), 0755);
  }

  std::string folder_;
  std::ostringstream out_, err_;
  Stop interrupt_;
};

TEST_F(RenderCommandTest, BecomesTheProgramThatMakesClips) {
  InstallProgram("echo \"$1 and $2\" >&2; exit 7");
  EXPECT_EXIT(Run({"render", "--env=Hopper-v4", "--out", "my clip.mp4"}),
              ::testing::ExitedWithCode(7), "--env=Hopper-v4 and --out=my clip.mp4");
}

TEST_F(RenderCommandTest, SaysWhatIsMissing) {
  EXPECT_EQ(Run({"render", "--env=Hopper-v4", "--out=a.mp4"}), kExitFailed);
  EXPECT_THAT(err_.str(), ::testing::HasSubstr("cannot run " + folder_ + "/actor/render"));
}

}  // namespace
}  // namespace vagram::cli
