// The scripts as shells run them: completions are asked of a real bash, with a program in the place
// of vagram that answers as it does.
#include "orchestrator/cli/completion.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/stop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/command_line.h"
#include "orchestrator/cli/program.h"

namespace vagram::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

// Answers what `vagram completion` is asked for; --home shows in the ids.
constexpr char kProgram[] = R"(#!/bin/sh
home=default
if [ "$1" = --home ]; then home="$2"; shift 2; fi
case "$2" in
  ids) case "$3" in 3/*) printf '3/0\n3/1\n' ;; *) printf '12\n3\n' ;; esac
       [ "$home" = default ] || echo "77" ;;
  keys) printf 'model.loss\nnum_steps\n' ;;
  tasks) printf 'Hopper-v4\nPendulum-v1\n' ;;
esac
)";

class BashCompletionTest : public ::testing::Test {
 protected:
  BashCompletionTest() {
    folder_ = ::testing::TempDir() + "completion.XXXXXX";
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    std::ofstream(folder_ + "/completion.bash") << BashCompletion(DescribeCommandLine());
    std::ofstream(folder_ + "/vagram") << kProgram;
    chmod((folder_ + "/vagram").c_str(), 0755);
    for (const char* file : {"my.yaml", "other.yml", "notes.txt", "with space.yaml"}) {
      std::ofstream(folder_ + "/" + file) << "";
    }
    mkdir((folder_ + "/folder").c_str(), 0755);
  }

  // What is offered behind `words`, the last of which is being typed.
  std::vector<std::string> Complete(const std::vector<std::string>& words,
                                    const std::string& program = "") {
    std::string line = program.empty() ? folder_ + "/vagram" : program;
    for (const std::string& word : words) absl::StrAppend(&line, " '", word, "'");
    const std::string script = absl::StrCat(
        "cd '", folder_, "' && source ./completion.bash && COMP_WORDS=(", line,
        ") COMP_CWORD=", words.size(),
        " && _vagram && { [[ ${#COMPREPLY[@]} == 0 ]] || printf '%s\\n' \"${COMPREPLY[@]}\"; }");
    Stop interrupt;
    const auto output = RunProgram({"/bin/bash", "--norc", "-c", script}, &interrupt);
    EXPECT_TRUE(output.ok()) << output.status();
    if (!output.ok()) return {};
    EXPECT_EQ(output->exit_code, 0) << output->err;
    EXPECT_EQ(output->err, "");
    return absl::StrSplit(output->out, '\n', absl::SkipEmpty());
  }

  std::string folder_;
};

TEST_F(BashCompletionTest, OffersEveryCommandAtFirst) {
  std::vector<std::string> names;
  for (const CommandDescription& command : DescribeCommandLine().commands) {
    names.push_back(command.name);
  }
  EXPECT_THAT(Complete({""}), ::testing::UnorderedElementsAreArray(names));
  EXPECT_THAT(Complete({"s"}), UnorderedElementsAre("submit", "status"));
  EXPECT_THAT(Complete({"--home", "/x", "dow"}), ElementsAre("down"));
}

TEST_F(BashCompletionTest, OffersTheOptionsOfEveryCommandAndThoseOfAll) {
  for (const CommandDescription& command : DescribeCommandLine().commands) {
    std::vector<std::string> names = {"--home", "--color", "--help"};
    for (const OptionDescription& option : command.options) {
      for (const std::string& name : option.names) {
        if (name.rfind("--", 0) == 0) names.push_back(name);
      }
    }
    EXPECT_THAT(Complete({command.name, "--"}), IsSupersetOf(names)) << command.name;
  }
}

TEST_F(BashCompletionTest, OffersTheChoicesOfAnOption) {
  EXPECT_THAT(Complete({"logs", "--role", ""}),
              UnorderedElementsAre("actor", "learner", "model_server"));
  EXPECT_THAT(Complete({"logs", "--role", "=", "le"}), ElementsAre("learner"));
  EXPECT_THAT(Complete({"logs", "--role", "="}), Contains("actor"));
  EXPECT_THAT(Complete({"export", "3", "--format", "c"}), ElementsAre("csv"));
  EXPECT_THAT(Complete({"completion", "z"}), ElementsAre("zsh"));
}

TEST_F(BashCompletionTest, OffersExperimentFilesAndFolders) {
  EXPECT_THAT(Complete({"run", ""}),
              UnorderedElementsAre("folder", "my.yaml", "other.yml", "with space.yaml"));
  EXPECT_THAT(Complete({"run", "--set", "a", "=", "1", "wi"}), ElementsAre("with space.yaml"));
  EXPECT_THAT(Complete({"--home", "fo"}), ElementsAre("folder"));
  EXPECT_THAT(Complete({"plot", "3", "--out", "no"}), ElementsAre("notes.txt"));
}

TEST_F(BashCompletionTest, OffersWhatARunningServiceKnows) {
  EXPECT_THAT(Complete({"status", ""}), UnorderedElementsAre("12", "3"));
  EXPECT_THAT(Complete({"compare", "12", "3/"}), UnorderedElementsAre("3/0", "3/1"));
  EXPECT_THAT(Complete({"--home", "/x", "cancel", "7"}), ElementsAre("77"));
}

TEST_F(BashCompletionTest, OffersKeysAndTasks) {
  EXPECT_THAT(Complete({"run", "my.yaml", "--set", "mod"}), ElementsAre("model.loss="));
  EXPECT_THAT(Complete({"compare", "3", "--by", "n"}), ElementsAre("num_steps"));
  EXPECT_THAT(Complete({"envs", "show", "H"}), ElementsAre("Hopper-v4"));
  EXPECT_THAT(Complete({"envs", ""}), ElementsAre("show"));
  EXPECT_THAT(Complete({"lab", "surface", "--theta"}), Contains("--theta_dot"));
}

TEST_F(BashCompletionTest, OffersNothingWhereTheProgramCannotAnswer) {
  EXPECT_THAT(Complete({"status", ""}, "/absent/vagram"), IsEmpty());
  EXPECT_THAT(Complete({"run", "--set", "model.loss", "=", "v"}), IsEmpty());
  EXPECT_THAT(Complete({"nonsense", ""}), Not(IsEmpty())) << "the commands";
  EXPECT_THAT(Complete({"down", ""}), IsEmpty());
}

TEST(ZshCompletion, IsAScriptThatZshReads) {
  const std::string zsh = "/bin/zsh";
  if (access(zsh.c_str(), X_OK) != 0) {
    GTEST_SKIP() << "zsh is not installed: the syntax of its script is not checked";
  }
  std::string file = ::testing::TempDir() + "_vagram.XXXXXX";
  const int descriptor = mkstemp(file.data());
  ASSERT_GE(descriptor, 0);
  close(descriptor);
  std::ofstream(file) << ZshCompletion(DescribeCommandLine());
  Stop interrupt;
  const auto parsed = RunProgram({zsh, "-f", "-n", file}, &interrupt);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->exit_code, 0) << parsed->err;
  EXPECT_EQ(parsed->err, "");
  // Sourced, every command has its function.
  const auto loaded = RunProgram({zsh, "-f", "-c",
                                  absl::StrCat("autoload -Uz compinit; compinit -D -u; source ",
                                               file, "; print ${(k)functions}")},
                                 &interrupt);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->err, "");
  const std::vector<std::string> functions =
      absl::StrSplit(loaded->out, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  for (const CommandDescription& command : DescribeCommandLine().commands) {
    EXPECT_THAT(functions, Contains("_vagram_command_" + command.name));
  }
}

}  // namespace
}  // namespace vagram::cli
