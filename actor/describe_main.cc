// Explains a task of a user's own, which takes the physics engine or the user's code:
//   describe (--task_file=FILE.yaml | --plugin=LIBRARY.so [--id=ID]) [--json | --quiet]
// Exit status: 0 fine, 2 the task cannot be used (stderr says why).
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/env/env_factory.h"
#include "core/env/plugin/plugin_check.h"
#include "core/env/plugin/plugin_library.h"
#include "core/env/task_text.h"
#include "core/env/user_task/task_bundle.h"
#include "core/rpc/status.h"

namespace vagram {
namespace {

absl::StatusOr<EnvFactory> Load(const std::string& task_file, EnvSpec spec) {
  if (!task_file.empty()) {
    ASSIGN_OR_RETURN(spec.task_files, ReadTaskFiles(task_file));
  } else {
    // Code of the user's own gets a trial before hours are spent on it.
    ASSIGN_OR_RETURN(const PluginLibrary library, PluginLibrary::Load(spec.plugin));
    ASSIGN_OR_RETURN(const std::shared_ptr<const PluginTask> task, library.Find(spec.id));
    RETURN_IF_ERROR(CheckPluginTask(task));
  }
  return EnvFactory::Create(spec);
}

int Fail(const absl::Status& status) {
  for (const FieldFault& fault : FieldFaults(status)) {
    std::cerr << fault.field << ": " << fault.description << "\n";
  }
  if (FieldFaults(status).empty()) std::cerr << status.message() << "\n";
  return 2;
}

}  // namespace
}  // namespace vagram

int main(int argc, char** argv) {
  vagram::InitLogging(argv[0]);
  std::string task_file;
  vagram::EnvSpec spec;
  bool json = false, quiet = false;
  CLI::App app("Explains a task of a user's own.");
  auto* const file = app.add_option("--task_file", task_file, "a task's YAML file");
  auto* const plugin = app.add_option("--plugin", spec.plugin, "a shared library with tasks");
  plugin->excludes(file);
  app.add_option("--id", spec.id, "which task of the library")->needs(plugin);
  app.add_flag("--json", json, "as JSON");
  app.add_flag("--quiet", quiet, "only check the task");
  try {
    app.parse(argc, argv);
    if (task_file.empty() && spec.plugin.empty()) throw CLI::RequiredError("--task_file");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto factory = vagram::Load(task_file, spec);
  if (!factory.ok()) return vagram::Fail(factory.status());
  if (quiet) return 0;
  if (json) {
    std::cout << vagram::TaskJson(factory->task()).dump(1) << std::endl;
  } else {
    std::cout << vagram::TaskText(factory->task()) << std::flush;
  }
  return 0;
}
