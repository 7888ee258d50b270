#include "orchestrator/cli/usage_error.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/command_line.h"

namespace vagram::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string ErrorOf(const std::vector<std::string>& words) {
  const ParsedCommandLine parsed = ParseCommandLine(words);
  EXPECT_FALSE(parsed.arguments.has_value());
  return parsed.text;
}

TEST(UsageError, SuggestsTheNearestCommand) {
  EXPECT_EQ(ErrorOf({"statsu", "3"}),
            "vagram: there is no command 'statsu'; did you mean 'status'?\n"
            "`vagram --help` lists commands and options\n");
  EXPECT_THAT(ErrorOf({"--home", "/x", "cancle"}), HasSubstr("did you mean 'cancel'?"));
  EXPECT_THAT(ErrorOf({"lab", "surfase", "--out=x"}),
              HasSubstr("there is no command 'vagram lab surfase'; did you mean 'surface'?"));
}

TEST(UsageError, SuggestsTheNearestOptionOfTheCommand) {
  EXPECT_EQ(ErrorOf({"status", "3", "--wach"}),
            "vagram: `vagram status` has no option '--wach'; did you mean '--watch'?\n"
            "`vagram status --help` explains it\n");
  EXPECT_THAT(ErrorOf({"up", "--slot=3"}), HasSubstr("did you mean '--slots'?"));
  EXPECT_THAT(ErrorOf({"list", "--hom", "/x"}), HasSubstr("did you mean '--home'?"));
  EXPECT_THAT(ErrorOf({"up", "--frobnicate"}), HasSubstr("has no option '--frobnicate'\n"));
}

TEST(UsageError, SuggestsTheNearestChoice) {
  EXPECT_THAT(ErrorOf({"export", "3", "--out=d", "--format=csb"}),
              StartsWith("vagram: --format: expected csv, jsonl or npy, got 'csb'; did you mean "
                         "'csv'?\n"));
  EXPECT_THAT(ErrorOf({"export", "3", "--out=d", "--format=csv", "--what", "metric"}),
              HasSubstr("did you mean 'metrics'?"));
  EXPECT_THAT(ErrorOf({"completion", "bsh"}), HasSubstr("did you mean 'bash'?"));
  EXPECT_THAT(ErrorOf({"list", "--color=sometimes"}),
              HasSubstr("--color: expected auto, always or never, got 'sometimes'"));
}

TEST(UsageError, SaysWhyACommandHasNoJson) {
  EXPECT_THAT(ErrorOf({"render", "--json"}),
              HasSubstr("`vagram render` has no --json: what it makes"));
  EXPECT_THAT(ErrorOf({"man", "--json"}), HasSubstr("`vagram man` has no --json: "));
}

TEST(UsageError, LeavesWhatIsMissingToTheParser) {
  EXPECT_THAT(ErrorOf({"run"}), StartsWith("vagram: SPEC is required\n"));
  EXPECT_THAT(ErrorOf({"plot", "3", "--at", "-5"}), HasSubstr("--at"));
  EXPECT_THAT(ErrorOf({"--", ""}), HasSubstr("--help"));
}

TEST(UsageError, TakesAnyWords) {
  for (const std::string word : {"-", "--", "=", "--=", "-=", "\x1b[2J", "\xff"}) {
    for (const char* command : {"status", "envs", "lab", "logs"}) {
      const ParsedCommandLine parsed = ParseCommandLine({command, word, word, word});
      EXPECT_TRUE(parsed.arguments.has_value() || !parsed.text.empty());
    }
  }
}

}  // namespace
}  // namespace vagram::cli
