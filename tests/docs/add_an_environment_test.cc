// Does what docs/add_an_environment.md says: writes its files, reads its task and its experiment,
// and holds its tables against the code.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/config/env_spec_from_config.h"
#include "core/env/conformance.h"
#include "core/env/env_factory.h"
#include "core/env/user_task/parse_task.h"
#include "core/env/user_task/task_bundle.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/spec/experiment.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsSupersetOf;

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

const std::string& Document() {
  static const auto* const text = new std::string(ReadAll("docs/add_an_environment.md"));
  return *text;
}

// The blocks of a language, without their fences.
std::vector<std::string> Blocks(absl::string_view language) {
  std::vector<std::string> blocks;
  const std::string fence = absl::StrCat("```", language, "\n");
  for (size_t at = Document().find(fence); at != std::string::npos;
       at = Document().find(fence, at)) {
    at += fence.size();
    blocks.push_back(Document().substr(at, Document().find("```", at) - at));
  }
  return blocks;
}

// The files of the document: blocks whose first line is a comment with a file's name.
std::map<std::string, std::string> Files() {
  std::map<std::string, std::string> files;
  for (const char* language : {"xml", "yaml"}) {
    for (const std::string& block : Blocks(language)) {
      absl::string_view name = absl::string_view(block).substr(0, block.find('\n'));
      absl::ConsumePrefix(&name, "# ");
      absl::ConsumePrefix(&name, "<!-- ");
      absl::ConsumeSuffix(&name, " -->");
      files[std::string(name)] = block.substr(block.find('\n') + 1);
    }
  }
  return files;
}

// A folder with the document's files.
std::string WalkThrough() {
  static const auto* const folder = [] {
    auto* const made = new std::string(testing::TempDir() + "/walk_through/");
    std::filesystem::create_directories(*made);
    for (const auto& [name, content] : Files()) std::ofstream(*made + name) << content;
    return made;
  }();
  return *folder;
}

// The first column of the table below a heading.
std::vector<std::string> Rows(const std::string& heading) {
  std::vector<std::string> rows;
  const size_t begin = Document().find(heading + "\n");
  if (begin == std::string::npos) return rows;
  const std::string section = Document().substr(begin + heading.size());
  for (const absl::string_view line :
       absl::StrSplit(section.substr(0, section.find("\n#")), '\n')) {
    if (!absl::StartsWith(line, "| `")) continue;
    const std::vector<absl::string_view> parts = absl::StrSplit(line, '`');
    rows.emplace_back(parts[1]);
  }
  return rows;
}

TEST(AddAnEnvironment, ShowsTheFilesOfTheExamples) {
  EXPECT_THAT(Files(),
              IsSupersetOf({testing::Key("ball_on_beam.xml"), testing::Key("ball_on_beam.yaml")}));
  for (const char* name : {"ball_on_beam.xml", "ball_on_beam.yaml"}) {
    const std::string example = ReadAll(absl::StrCat("examples/tasks/", name));
    EXPECT_EQ(example.substr(example.find('\n') + 1), Files()[name]) << name;
  }
}

TEST(AddAnEnvironment, GivesATaskThatSteps) {
  EnvSpec spec;
  ASSERT_OK_AND_ASSIGN(spec.task_files, ReadTaskFiles(WalkThrough() + "ball_on_beam.yaml"));
  ASSERT_OK_AND_ASSIGN(const EnvFactory factory, EnvFactory::Create(spec));
  const Task& task = factory.task();
  EXPECT_EQ(task.id, "ball_on_beam");
  EXPECT_EQ(task.obs_dim, 4);
  EXPECT_THAT(task.act_high, ElementsAre(1));
  EXPECT_EQ(task.dt_seconds, 0.04);
  EXPECT_EQ(task.reward, "1 - 4 * (qpos/roll)^2 - 0.01 * sum of squared actions");
  EXPECT_EQ(task.termination, "qpos of roll <= -0.45 or >= 0.45");

  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Env> env, factory.Make());
  Rng rng(1);
  env->Reset(rng);
  // The motor at its end tilts the beam until the ball falls off.
  int steps = 0;
  bool terminated = false;
  for (; steps < task.max_episode_steps && !terminated; ++steps) {
    ASSERT_OK_AND_ASSIGN(const StepOutcome outcome, env->Step({1.0}));
    terminated = outcome.terminated;
  }
  EXPECT_TRUE(terminated);
  EXPECT_GT(steps, 5);
}

TEST(AddAnEnvironment, GivesAnExperimentThatResolves) {
  SpecSurroundings surroundings;
  surroundings.folder = WalkThrough();
  surroundings.read_task = [](const std::string& path) -> absl::StatusOr<v1::UserTask> {
    v1::UserTask task;
    task.set_path(path);
    absl::StatusOr<std::vector<TaskFile>> files = ReadTaskFiles(WalkThrough() + path);
    if (!files.ok()) return files.status();
    for (const TaskFile& file : *files) {
      v1::TaskFile* const copy = task.add_files();
      copy->set_path(file.path);
      copy->set_content(file.content);
    }
    return task;
  };
  ASSERT_OK_AND_ASSIGN(
      const ResolvedExperiment experiment,
      ResolveExperiment(Files()["balance.yaml"], "balance.yaml", {}, surroundings));
  EXPECT_EQ(experiment.trials.size(), 4u);
  ASSERT_EQ(experiment.tasks.size(), 1u);

  // What a worker is told, and makes of it.
  v1::TrialConfig config = experiment.trials[0].config;
  *config.mutable_env()->mutable_task_files() = experiment.tasks[0].files();
  ASSERT_OK_AND_ASSIGN(const EnvFactory factory, EnvFactory::Create(EnvSpecFromConfig(config)));
  EXPECT_EQ(factory.task().id, "ball_on_beam");
}

TEST(AddAnEnvironment, RunsCommandsOnFilesThatThereAre) {
  std::vector<std::string> commands;
  for (const std::string& block : Blocks("sh")) {
    for (const absl::string_view line : absl::StrSplit(block, '\n', absl::SkipEmpty())) {
      commands.emplace_back(line);
    }
  }
  EXPECT_THAT(commands, Contains("vagram envs show ball_on_beam.yaml"));
  for (const std::string& command : commands) {
    const std::string file = command.substr(command.rfind(' ') + 1);
    if (!absl::StartsWith(command, "vagram ")) continue;
    EXPECT_TRUE(std::filesystem::exists(WalkThrough() + file)) << command;
  }
}

TEST(AddAnEnvironment, ListsEveryTermAndNoOther) {
  EXPECT_THAT(Rows("## The file"), ElementsAreArray(TermNames("")));
  for (const char* section : {"observation", "reward", "alive_while", "reset_noise"}) {
    EXPECT_THAT(Rows(absl::StrCat("### Terms of `", section, "`")),
                ElementsAreArray(TermNames(section)));
  }
}

ConformanceCase Example() {
  ConformanceCase example{"walk_through", {}};
  example.spec.task_files =
      ReadTaskFiles(WalkThrough() + "ball_on_beam.yaml").value_or(std::vector<TaskFile>());
  return example;
}

INSTANTIATE_TEST_SUITE_P(AddAnEnvironment, Conformance, testing::Values(Example()), CaseName);

}  // namespace
}  // namespace vagram
