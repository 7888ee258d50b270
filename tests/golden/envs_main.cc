// Compares the tasks with recorded trajectories of the reference implementations:
//   bazel run //tests/golden:envs -- --dir=DIR
//   bazel run //tests/golden:envs -- --file=DIR/Hopper-v4.json --task=examples/tasks/hopper.yaml
// Exit status: 0 all within bounds, 1 some not, 2 bad usage or unreadable files.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "tests/golden/env_check.h"

namespace {

// `bazel run` starts elsewhere than where it was typed.
std::string AsTyped(const std::string& path) {
  const char* typed_in = std::getenv("BUILD_WORKING_DIRECTORY");
  return typed_in == nullptr ? path : (std::filesystem::path(typed_in) / path).string();
}

absl::StatusOr<std::vector<vagram::EnvReport>> CheckOne(const std::string& file,
                                                        const std::string& task) {
  ASSIGN_OR_RETURN(vagram::EnvReport report,
                   task.empty() ? vagram::CheckEnvFile(AsTyped(file))
                                : vagram::CheckTaskFile(AsTyped(task), AsTyped(file)));
  return std::vector<vagram::EnvReport>{std::move(report)};
}

}  // namespace

int main(int argc, char** argv) {
  vagram::InitLogging(argv[0]);
  std::string folder, file, task;
  CLI::App app("Compares the tasks with golden trajectories.");
  CLI::Option_group* what = app.add_option_group("what");
  what->add_option("--dir", folder, "folder of golden files (*.json, named after their task)");
  CLI::Option* one = what->add_option("--file", file, "one golden file");
  what->require_option(1);
  app.add_option("--task", task, "a task's YAML file to compare instead of the catalogue's task")
      ->needs(one);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  const auto reports =
      file.empty() ? vagram::CheckEnvFolder(AsTyped(folder)) : CheckOne(file, task);
  if (!reports.ok()) {
    std::cerr << "envs: " << reports.status().message() << std::endl;
    return 2;
  }
  std::cout << vagram::FormatTable(*reports) << std::flush;
  return vagram::AllPassed(*reports) ? 0 : 1;
}
