#include "orchestrator/cli/command_line.h"

#include "core/base/version.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/console.h"

namespace vagram::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

Arguments Parse(const std::vector<std::string>& words) {
  ParsedCommandLine parsed = ParseCommandLine(words);
  EXPECT_TRUE(parsed.arguments.has_value()) << parsed.text;
  return parsed.arguments.value_or(Arguments());
}

std::string UsageError(const std::vector<std::string>& words) {
  const ParsedCommandLine parsed = ParseCommandLine(words);
  EXPECT_FALSE(parsed.arguments.has_value());
  EXPECT_EQ(parsed.exit_code, kExitUsage);
  return parsed.text;
}

TEST(CommandLine, ReadsASubmission) {
  const Arguments arguments =
      Parse({"submit", "a.yaml", "--set", "num_steps=5", "--set", "model.loss=mle", "--wait"});
  EXPECT_EQ(arguments.command, "submit");
  EXPECT_EQ(arguments.spec, "a.yaml");
  EXPECT_THAT(arguments.overrides, ElementsAre("num_steps=5", "model.loss=mle"));
  EXPECT_TRUE(arguments.wait);
  EXPECT_FALSE(arguments.json);
  EXPECT_FALSE(arguments.dry_run);
  EXPECT_TRUE(Parse({"submit", "a.yaml", "--dry-run"}).dry_run);
  EXPECT_TRUE(Parse({"run", "--dry-run", "-"}).dry_run);
  EXPECT_THAT(UsageError({"check", "a.yaml", "--dry-run"}), HasSubstr("--dry-run"));
}

TEST(CommandLine, DoesNotTakeTheSpecForAnOverride) {
  const Arguments arguments = Parse({"run", "--set", "seeds=[1, 2]", "a.yaml"});
  EXPECT_THAT(arguments.overrides, ElementsAre("seeds=[1, 2]"));
  EXPECT_EQ(arguments.spec, "a.yaml");
}

TEST(CommandLine, TakesHomeBeforeAndBehindTheCommand) {
  EXPECT_EQ(Parse({"--home", "/x", "list"}).home, "/x");
  EXPECT_EQ(Parse({"list", "--home", "/x"}).home, "/x");
  EXPECT_EQ(Parse({"list", "--home=/x", "--json"}).home, "/x");
}

TEST(CommandLine, ReadsTheOptionsOfEveryCommand) {
  EXPECT_TRUE(Parse({"status", "3", "-w"}).watch);
  EXPECT_EQ(Parse({"status"}).id, "");
  EXPECT_EQ(Parse({"list", "-n", "1000"}).limit, 1000);
  EXPECT_THAT(UsageError({"list", "-n", "1001"}), HasSubstr("not in range 1 to 1000"));
  EXPECT_THAT(Parse({"cancel", "3/1"}).ids, ElementsAre("3/1"));
  for (const char* command : {"cancel", "pause", "resume", "preempt"}) {
    EXPECT_THAT(Parse({command, "3/1", "4"}).ids, ElementsAre("3/1", "4"));
    EXPECT_THAT(UsageError({command}), HasSubstr("ID is required"));
  }
  EXPECT_EQ(Parse({"up", "--preempt_grace_seconds=90"}).preempt_grace_seconds, 90);
  EXPECT_FALSE(Parse({"up"}).preempt_grace_seconds.has_value());
  EXPECT_EQ(Parse({"up", "--dashboard_port=-1"}).dashboard_port, -1);
  EXPECT_EQ(Parse({"up", "--slots", "4", "--port=7000"}).slots, 4);
  EXPECT_EQ(Parse({"envs", "show", "Hopper-v4"}).task, "Hopper-v4");
  EXPECT_EQ(Parse({"envs"}).command, "envs");
  EXPECT_EQ(Parse({"check", "-"}).spec, "-");
  const Arguments logs = Parse({"logs", "3/0", "-f", "--role=learner", "-n", "20"});
  EXPECT_TRUE(logs.follow);
  EXPECT_EQ(logs.role, "learner");
  EXPECT_EQ(logs.tail_lines, 20);
  for (const char* command : {"down", "losses", "presets", "doctor"}) {
    EXPECT_EQ(Parse({command}).command, command);
  }
}

TEST(CommandLine, ReadsWhatShellsAndTerminalsWant) {
  EXPECT_EQ(Parse({"completion", "bash"}).what, "bash");
  EXPECT_EQ(Parse({"completion", "ids", "3/"}).id, "3/");
  EXPECT_EQ(Parse({"man"}).command, "man");
  EXPECT_EQ(Parse({"list", "--color", "never"}).color, "never");
  EXPECT_EQ(Parse({"--color=always", "list"}).color, "always");
  EXPECT_EQ(Parse({"list"}).color, "");
  EXPECT_TRUE(Parse({"status", "3", "--all"}).all);
  for (const char* command : {"up", "down", "pause", "logs"}) {
    std::vector<std::string> words = {command, "--json"};
    if (words[0] != "up" && words[0] != "down") words.push_back("3");
    EXPECT_TRUE(Parse(words).json) << command;
  }
}

TEST(CommandLine, ReadsWhatIsToBeCompared) {
  const Arguments compare = Parse({"compare", "3", "4/1", "--by", "model.loss,env.id", "--by=seed",
                                   "--at=5000", "--threshold", "-150.5", "--seed=7"});
  EXPECT_THAT(compare.ids, ElementsAre("3", "4/1"));
  EXPECT_THAT(compare.by, ElementsAre("model.loss", "env.id", "seed"));
  EXPECT_EQ(compare.at, 5000);
  EXPECT_EQ(compare.threshold, -150.5);
  EXPECT_EQ(compare.seed, 7u);
  EXPECT_FALSE(compare.unfinished);
  EXPECT_FALSE(Parse({"compare", "3"}).at.has_value());
  const Arguments plot = Parse({"plot", "3", "--metric=a/b", "--out=x.svg", "--unfinished"});
  EXPECT_EQ(plot.metric, "a/b");
  EXPECT_EQ(plot.out, "x.svg");
  EXPECT_TRUE(plot.unfinished);
  EXPECT_EQ(Parse({"export", "3", "--format=npy", "--out=d"}).format, "npy");
  EXPECT_THAT(UsageError({"compare"}), HasSubstr("ID is required"));
  EXPECT_THAT(UsageError({"compare", "3", "--at=-1"}), HasSubstr("--at"));
  EXPECT_THAT(UsageError({"compare", "3", "--threshold=high"}), HasSubstr("--threshold"));
  EXPECT_THAT(UsageError({"plot", "3"}), HasSubstr("--out is required"));
  EXPECT_THAT(UsageError({"export", "3"}), HasSubstr("--out is required"));
  EXPECT_THAT(UsageError({"export", "3", "--out=d", "--format=csv", "--what=logs"}),
              HasSubstr("--what"));
}

TEST(CommandLine, PassesOnWhichFigureTheLabIsToMake) {
  EXPECT_THAT(Parse({"lab", "evolution", "--out", "a b", "--repetitions=2"}).passed_on,
              ::testing::ElementsAre("evolution", "--out=a b", "--repetitions=2"));
  EXPECT_THAT(UsageError({"lab", "surface"}), HasSubstr("--out"));
  EXPECT_THAT(UsageError({"lab", "surface", "--out=a", "--resolution=1"}),
              HasSubstr("--resolution"));
  EXPECT_NE(ParseCommandLine({"lab"}).exit_code, 0);
  EXPECT_THAT(ParseCommandLine({"lab", "surface", "--help"}).text, HasSubstr("--theta_dot"));
}

TEST(CommandLine, PassesOnWhatRenderIsAskedFor) {
  EXPECT_THAT(Parse({"render", "--env", "Hopper-v4", "--out=a b.mp4", "--no-caption", "--seed=3"})
                  .passed_on,
              UnorderedElementsAre("--env=Hopper-v4", "--out=a b.mp4", "--no-caption", "--seed=3"));
  EXPECT_THAT(UsageError({"render", "--env", "Hopper-v4"}), HasSubstr("--out"));
  EXPECT_THAT(UsageError({"render", "--out=a", "--episodes=many"}), HasSubstr("--episodes"));
  EXPECT_THAT(ParseCommandLine({"render", "--help"}).text, HasSubstr("policies/final.policy"));
}

TEST(CommandLine, AnswersHelpAndVersionOnStdout) {
  const ParsedCommandLine help = ParseCommandLine({"--help"});
  EXPECT_EQ(help.exit_code, kExitOk);
  EXPECT_THAT(help.text, HasSubstr("Exit codes:"));
  EXPECT_THAT(ParseCommandLine({"run", "--help"}).text, HasSubstr("Ctrl-C cancels"));
  const ParsedCommandLine version = ParseCommandLine({"--version"});
  EXPECT_EQ(version.exit_code, kExitOk);
  EXPECT_EQ(version.text, std::string(kVersion) + "\n");
}

TEST(CommandLine, NamesTheNearestCommand) {
  EXPECT_EQ(UsageError({"statsu", "3"}),
            "vagram: there is no command 'statsu'; did you mean 'status'?\n"
            "`vagram --help` lists commands and options\n");
  EXPECT_THAT(UsageError({"--home", "/x", "cancle"}), HasSubstr("did you mean 'cancel'?"));
  EXPECT_EQ(
      UsageError({"xyzzyxyzzy"}),
      "vagram: there is no command 'xyzzyxyzzy'\n`vagram --help` lists commands and options\n");
}

TEST(CommandLine, PointsToTheHelpOfTheCommand) {
  EXPECT_THAT(UsageError({"run"}), HasSubstr("`vagram run --help` explains it"));
  EXPECT_THAT(UsageError({"status", "3", "--frob"}), HasSubstr("--frob"));
  EXPECT_THAT(UsageError({"up", "--port=70000"}), HasSubstr("`vagram up --help`"));
  EXPECT_THAT(UsageError({"logs", "3", "--role=boss"}), HasSubstr("boss"));
  EXPECT_THAT(UsageError({"man", "--json"}), HasSubstr("--json"));
  EXPECT_THAT(UsageError({"--frob"}), HasSubstr("`vagram --help`"));
}

TEST(CommandLine, ShowsTheHelpWhenNothingIsAsked) {
  EXPECT_THAT(UsageError({}), HasSubstr("Exit codes:"));
}

}  // namespace
}  // namespace vagram::cli
