#include <ostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/version.h"
#include "core/env/task.h"
#include "orchestrator/cli/command_line.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/completion.h"
#include "orchestrator/cli/experiments_client.h"
#include "orchestrator/cli/man_page.h"
#include "orchestrator/cli/table.h"
#include "orchestrator/spec/experiment.h"

namespace vagram::cli {
namespace {

// Somebody has pressed Tab and waits.
constexpr absl::Duration kPatience = absl::Milliseconds(500);
constexpr int kMostExperiments = 100;

// Experiments, or with "3/" the trials of experiment 3. Where no service answers, none.
void PrintIds(const Arguments& arguments, Console& console) {
  const auto client = ExperimentsClient::Connect(arguments.home, console.interrupt, kPatience);
  if (!client.ok()) return;
  const size_t slash = arguments.id.find('/');
  if (slash == std::string::npos) {
    const auto list = (*client)->List(kMostExperiments);
    if (!list.ok()) return;
    for (const v1::Experiment& experiment : list->experiments()) {
      console.out << Printable(experiment.id()) << "\n";
    }
    return;
  }
  const auto experiment = (*client)->Get(arguments.id.substr(0, slash));
  if (!experiment.ok()) return;
  for (const v1::Trial& trial : experiment->trials()) console.out << Printable(trial.id()) << "\n";
}

}  // namespace

int Completion(const Arguments& arguments, Console& console) {
  if (arguments.what == "bash") {
    console.out << BashCompletion(DescribeCommandLine());
  } else if (arguments.what == "zsh") {
    console.out << ZshCompletion(DescribeCommandLine());
  } else if (arguments.what == "ids") {
    PrintIds(arguments, console);
  } else if (arguments.what == "keys") {
    for (const std::string& key : SettableKeys()) console.out << key << "\n";
  } else if (arguments.what == "tasks") {
    for (const Task& task : AllTasks()) console.out << task.id << "\n";
  }
  return kExitOk;
}

int Man(const Arguments& arguments, Console& console) {
  console.out << ManPage(DescribeCommandLine(), kVersion);
  return kExitOk;
}

}  // namespace vagram::cli
