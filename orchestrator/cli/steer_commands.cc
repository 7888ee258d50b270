#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/experiments_client.h"
#include "orchestrator/cli/format.h"
#include "orchestrator/cli/json.h"
#include "orchestrator/cli/table.h"

namespace vagram::cli {
namespace {

using Steer = absl::StatusOr<v1::Experiment> (ExperimentsClient::*)(const std::string& id);

// Does it to every id, also after one that failed, and prints what the trials are now. The exit
// code is the first failure's.
int SteerAll(Steer steer, const Arguments& arguments, Console& console) {
  auto client = ExperimentsClient::Connect(arguments.home, console.interrupt);
  if (!client.ok()) return ReportError(client.status(), console);
  int code = kExitOk;
  google::protobuf::RepeatedPtrField<v1::Experiment> steered;
  for (const std::string& id : arguments.ids) {
    const absl::StatusOr<v1::Experiment> experiment = ((**client).*steer)(id);
    if (!experiment.ok()) {
      const int failed = ReportError(experiment.status(), console);
      if (code == kExitOk) code = failed;
      continue;
    }
    if (arguments.json) {
      *steered.Add() = *experiment;
      continue;
    }
    for (const v1::Trial& trial : experiment->trials()) {
      console.out << Printable(trial.id()) << " " << StateName(trial.state());
      if (!HasEnded(trial.state()) && !trial.reason().empty()) {
        console.out << " (" << Printable(trial.reason()) << ")";
      }
      console.out << "\n";
    }
  }
  if (arguments.json) console.out << ToJsonArray(steered) << "\n";
  return code;
}

}  // namespace

int Cancel(const Arguments& arguments, Console& console) {
  return SteerAll(&ExperimentsClient::Cancel, arguments, console);
}

int Pause(const Arguments& arguments, Console& console) {
  return SteerAll(&ExperimentsClient::Pause, arguments, console);
}

int Resume(const Arguments& arguments, Console& console) {
  return SteerAll(&ExperimentsClient::Resume, arguments, console);
}

int Preempt(const Arguments& arguments, Console& console) {
  return SteerAll(&ExperimentsClient::Preempt, arguments, console);
}

}  // namespace vagram::cli
