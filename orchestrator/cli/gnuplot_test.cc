#include "orchestrator/cli/gnuplot.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class GnuplotTest : public ::testing::Test {
 protected:
  GnuplotTest() : path_(std::getenv("PATH")) {
    std::string folder = ::testing::TempDir() + "gnuplot.XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  ~GnuplotTest() override { setenv("PATH", path_.c_str(), 1); }

  // A program that stands in for gnuplot; its last argument is the script.
  void StandIn(const std::string& commands) {
    const std::string program = folder_ + "/gnuplot";
    std::ofstream(program) << "#!/bin/sh\n" << commands << "\n";
    chmod(program.c_str(), 0755);
    setenv("PATH", absl::StrCat(folder_, ":/usr/bin:/bin").c_str(), 1);
  }

  static absl::StatusOr<std::string> Draw() {
    Stop interrupt;
    return DrawWithGnuplot([](const std::string& path) { return path; }, &interrupt);
  }

  const std::string path_;
  std::string folder_;
};

TEST_F(GnuplotTest, ReturnsWhatWasDrawnAndLeavesNothingBehind) {
  StandIn(absl::StrCat("test \"$1\" = -d || exit 9\ncp \"$2\" ", folder_,
                       "/seen\nprintf drawn > \"$(cat \"$2\")\""));
  EXPECT_THAT(Draw(), IsOkAndHolds("drawn"));
  std::string figure;
  std::getline(std::ifstream(folder_ + "/seen"), figure);
  EXPECT_THAT(figure, HasSubstr("/vagram-plot."));
  EXPECT_NE(access(figure.substr(0, figure.rfind('/')).c_str(), F_OK), 0);
}

TEST_F(GnuplotTest, NamesThePackageWhenItIsMissing) {
  setenv("PATH", folder_.c_str(), 1);
  EXPECT_THAT(Draw(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               AllOf(HasSubstr("gnuplot-nox"), HasSubstr("--with-plot"))));
}

TEST_F(GnuplotTest, TellsWhatGnuplotSaid) {
  StandIn("echo 'line 3: undefined variable' >&2; exit 1");
  EXPECT_THAT(Draw(), StatusIs(absl::StatusCode::kInternal,
                               AllOf(HasSubstr("exit code 1"), HasSubstr("undefined variable"))));
  StandIn("exit 0");
  EXPECT_THAT(Draw(), StatusIs(absl::StatusCode::kInternal, HasSubstr("it said:\nnothing")));
}

}  // namespace
}  // namespace vagram::cli
