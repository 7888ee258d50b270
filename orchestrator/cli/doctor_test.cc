#include "orchestrator/cli/doctor.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram::cli {
namespace {

using ::testing::HasSubstr;
using Level = Finding::Level;

std::string NewFolder() {
  std::string folder = ::testing::TempDir() + "doctor.XXXXXX";
  EXPECT_NE(mkdtemp(folder.data()), nullptr);
  return folder;
}

TEST(CheckPackages, NamesWhatIsMissingFromTheRunGroup) {
  const char packages[] =
      "# a comment run\n"
      "here    run   because\n"
      "absent  run   because\n"
      "removed run   because\n"
      "extra   tools because\n";
  const char status[] =
      "Package: here\nStatus: install ok installed\n\n"
      "Package: removed\nStatus: deinstall ok config-files\n";
  const Finding finding = CheckPackages(packages, status);
  EXPECT_EQ(finding.level, Level::kFailure);
  EXPECT_EQ(finding.text, "missing: absent, removed");
  EXPECT_THAT(finding.remedy, HasSubstr("tools/setup.sh"));
}

TEST(CheckPackages, IsContentWhenAllAreInstalled) {
  const Finding finding =
      CheckPackages("here run because\n", "Package: here\nStatus: install ok installed\n");
  EXPECT_EQ(finding.level, Level::kOk);
  EXPECT_EQ(finding.text, "all 1 installed");
}

TEST(CheckPackages, DoesNotFailElsewhereThanOnDebian) {
  EXPECT_EQ(CheckPackages("here run because\n", "").level, Level::kWarning);
}

TEST(CheckToken, RefusesATokenThatOthersCanRead) {
  const std::string home = NewFolder();
  EXPECT_EQ(CheckToken(home).level, Level::kOk);
  std::ofstream(home + "/token") << "secret";
  chmod((home + "/token").c_str(), 0644);
  const Finding finding = CheckToken(home);
  EXPECT_EQ(finding.level, Level::kFailure);
  EXPECT_THAT(finding.remedy, HasSubstr("chmod 600"));
  chmod((home + "/token").c_str(), 0600);
  EXPECT_EQ(CheckToken(home).level, Level::kOk);
}

TEST(CheckHome, AcceptsAFolderThatIsYetToBeMade) {
  const Finding finding = CheckHome(NewFolder() + "/not/yet");
  EXPECT_NE(finding.level, Level::kFailure);
  EXPECT_THAT(finding.text, HasSubstr("not made yet"));
}

TEST(CheckHome, RefusesAFile) {
  const std::string file = NewFolder() + "/file";
  std::ofstream(file) << "x";
  EXPECT_EQ(CheckHome(file).level, Level::kFailure);
}

TEST(CheckPrograms, NamesTheMissingOnes) {
  const Finding finding = CheckPrograms(NewFolder());
  EXPECT_EQ(finding.level, Level::kFailure);
  EXPECT_THAT(finding.text, HasSubstr("learner/learner"));
}

TEST(CheckPlotting, WantsGnuplot) {
  EXPECT_EQ(CheckPlotting("sh").level, Level::kOk);
  EXPECT_EQ(CheckPlotting("absent-gnuplot").level, Level::kWarning);
  EXPECT_THAT(CheckPlotting("absent-gnuplot").remedy, HasSubstr("--with-plot"));
}

TEST(CheckRendering, SaysWhatIsMissingAndWhatThatMeans) {
  const Finding blind = CheckRendering({"libEGL-absent.so", "libOSMesa-absent.so"}, "/bin/sh");
  EXPECT_EQ(blind.level, Level::kWarning);
  EXPECT_THAT(blind.text, HasSubstr("no libEGL-absent.so or libOSMesa-absent.so"));
  EXPECT_THAT(blind.text, HasSubstr("cannot draw"));
  EXPECT_THAT(blind.remedy, HasSubstr("--with-render"));
  const Finding still = CheckRendering({"libEGL-absent.so", "libc.so.6"}, "absent-ffmpeg");
  EXPECT_EQ(still.level, Level::kWarning);
  EXPECT_THAT(still.text, HasSubstr("no absent-ffmpeg: vagram render makes PNG files only"));
  EXPECT_EQ(CheckRendering({"libc.so.6"}, "sh").level, Level::kOk);
}

TEST(CheckLoopback, FindsAPort) { EXPECT_EQ(CheckLoopback().level, Level::kOk); }

}  // namespace
}  // namespace vagram::cli
