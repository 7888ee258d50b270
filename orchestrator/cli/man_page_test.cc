#include "orchestrator/cli/man_page.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "core/base/stop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/command_line.h"
#include "orchestrator/cli/program.h"

namespace vagram::cli {
namespace {

using ::testing::HasSubstr;

TEST(ManPage, NamesEveryCommandAndOption) {
  const CommandDescription program = DescribeCommandLine();
  const std::string page = ManPage(program, "1.2.3");
  EXPECT_THAT(page, HasSubstr(".TH VAGRAM 1 \"\" \"vagram 1.2.3\""));
  for (const CommandDescription& command : program.commands) {
    EXPECT_THAT(page, HasSubstr(".SS \"vagram " + command.name));
  }
  EXPECT_THAT(page, HasSubstr("\\fB\\-w, \\-\\-watch\\fR"));
  EXPECT_THAT(page, HasSubstr("; csv, jsonl or npy"));
  EXPECT_THAT(page, HasSubstr("VAGRAM_HOME"));
}

TEST(ManPage, LetsNoTextBecomeARequest) {
  CommandDescription program;
  program.name = "vagram";
  program.summary = ".so /etc/passwd";
  CommandDescription command;
  command.name = "x";
  command.summary = "'\\fBquoted";
  program.commands = {command};
  const std::string page = ManPage(program, "1");
  EXPECT_THAT(page, HasSubstr("\\&'\\efBquoted"));
  EXPECT_EQ(page.find("\n.so"), std::string::npos);
}

TEST(ManPage, RendersWithoutWarnings) {
  const std::string groff = "/usr/bin/groff";
  if (access(groff.c_str(), X_OK) != 0) GTEST_SKIP() << "groff is not installed";
  std::string file = ::testing::TempDir() + "vagram.1.XXXXXX";
  const int descriptor = mkstemp(file.data());
  ASSERT_GE(descriptor, 0);
  close(descriptor);
  std::ofstream(file) << ManPage(DescribeCommandLine(), "1.2.3");
  Stop interrupt;
  const auto page = RunProgram({groff, "-man", "-ww", "-Tascii", "-P-cbu", file}, &interrupt);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->exit_code, 0);
  EXPECT_EQ(page->err, "");
  EXPECT_THAT(page->out, HasSubstr("EXIT STATUS"));
}

}  // namespace
}  // namespace vagram::cli
