#include "orchestrator/cli/reference.h"

#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/command_line.h"
#include "testing/status_matchers.h"

namespace vagram::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

void ExpectExplained(const std::string& path, const CommandDescription& command) {
  const std::string name = path + " " + command.name;
  EXPECT_NE(command.summary, "") << name;
  EXPECT_THAT(command.examples, Not(SizeIs(0))) << name << " has no example in its footer";
  for (const OptionDescription& option : command.options) {
    EXPECT_NE(option.meaning, "") << name << " " << option.names[0];
  }
  for (const CommandDescription& child : command.commands) ExpectExplained(name, child);
}

TEST(CommandReference, ExplainsEveryCommandAndOptionWithAnExample) {
  const CommandDescription program = DescribeCommandLine();
  for (const CommandDescription& command : program.commands) ExpectExplained("vagram", command);
  EXPECT_THAT(CommandReference(program),
              HasSubstr("| `--role TEXT` | Only this role's; actor, learner or model_server |\n"));
}

TEST(CommandReference, StandsInTheDocumentation) {
  std::ostringstream page;
  page << std::ifstream("docs/cli.md").rdbuf();
  EXPECT_THAT(WithCommandReference(page.str(), DescribeCommandLine()), IsOkAndHolds(page.str()))
      << "run: bazel run //orchestrator/cli:reference";
}

TEST(CommandReference, IsRefusedAPageWithoutMarkers) {
  EXPECT_THAT(WithCommandReference("# A page\n", DescribeCommandLine()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("begin generated")));
}

}  // namespace
}  // namespace vagram::cli
