#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"
#include "core/base/stop.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/experiments_client.h"
#include "orchestrator/cli/folder.h"
#include "orchestrator/cli/program.h"
#include "orchestrator/cli/service_process.h"

namespace vagram::cli {
namespace {

// The number in epoch_<number>.policy; -1 of other names.
int64_t EpochOf(absl::string_view name) {
  int64_t epoch = -1;
  if (!absl::ConsumePrefix(&name, "epoch_") || !absl::ConsumeSuffix(&name, ".policy") ||
      !absl::SimpleAtoi(name, &epoch)) {
    return -1;
  }
  return epoch;
}

// The last policy that the trial has left.
absl::StatusOr<std::string> LastPolicy(const v1::Trial& trial) {
  const std::filesystem::path folder = std::filesystem::path(trial.folder()) / "policies";
  std::error_code error;
  if (std::filesystem::exists(folder / "final.policy", error)) return folder / "final.policy";
  int64_t last = -1;
  for (auto file = std::filesystem::directory_iterator(folder, error);
       !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    last = std::max(last, EpochOf(file->path().filename().string()));
  }
  if (last >= 0) return folder / absl::StrCat("epoch_", last, ".policy");
  return absl::FailedPreconditionError(
      absl::StrCat("trial ", trial.id(), " has left no policy in ", folder.string(),
                   " yet; one is saved when it ends, and with every video (evaluate.video)"));
}

// Runs the program that links LibTorch.
absl::StatusOr<std::string> ExportPolicy(const std::string& from, const std::string& to,
                                         Stop* interrupt) {
  ASSIGN_OR_RETURN(const ProgramOutput output,
                   RunProgram({absl::StrCat(BinaryFolder(), "/actor/export_policy"),
                               absl::StrCat("--policy=", from), absl::StrCat("--out=", to)},
                              interrupt));
  if (output.exit_code == 0) return output.out;
  absl::string_view reason = output.err;
  absl::ConsumePrefix(&reason, "vagram: ");
  return absl::FailedPreconditionError(absl::StripSuffix(reason, "\n"));
}

struct ExportedPolicy {
  std::string policy;  // what was exported
  std::string file;    // what was written
  std::string words;   // of the program that did it
};

absl::StatusOr<ExportedPolicy> ExportTrial(const v1::Trial& trial, const std::string& folder,
                                           Stop* interrupt) {
  ExportedPolicy exported;
  ASSIGN_OR_RETURN(exported.policy, LastPolicy(trial));
  const std::string name = absl::StrReplaceAll(trial.id(), {{"/", "_"}});
  exported.file = absl::StrCat(folder, "/", name, ".pt");
  ASSIGN_OR_RETURN(exported.words, ExportPolicy(exported.policy, exported.file, interrupt));
  return exported;
}

}  // namespace

// Exports every trial that can be, also after one that cannot, until the user interrupts. The exit
// code is the first failure's.
int ExportPolicies(const Arguments& arguments, Console& console) {
  auto client = ExperimentsClient::Connect(arguments.home, console.interrupt);
  if (!client.ok()) return ReportError(client.status(), console);
  if (const absl::Status made = MakeFolder(arguments.out); !made.ok()) {
    return ReportError(made, console);
  }
  int code = kExitOk;
  const auto report = [&](const absl::Status& status) {
    const int failed = ReportError(status, console);
    if (code == kExitOk) code = failed;
  };
  std::vector<v1::Trial> trials;
  for (const std::string& id : arguments.ids) {
    const auto experiment = (*client)->Get(id);
    if (experiment.ok()) {
      trials.insert(trials.end(), experiment->trials().begin(), experiment->trials().end());
    } else {
      report(experiment.status());
    }
  }
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const v1::Trial& trial : trials) {
    const auto exported = ExportTrial(trial, arguments.out, console.interrupt);
    if (!exported.ok()) {
      report(exported.status());
      if (console.interrupt->tripped()) break;
      continue;
    }
    if (!arguments.json) console.out << exported->words;
    files.push_back(
        {{"trial", trial.id()}, {"policy", exported->policy}, {"file", exported->file}});
  }
  if (arguments.json) {
    console.out << files.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }
  return code;
}

}  // namespace vagram::cli
