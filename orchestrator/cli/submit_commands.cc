#include <ostream>

#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/experiments_client.h"
#include "orchestrator/cli/json.h"
#include "orchestrator/cli/submission.h"
#include "orchestrator/cli/watch.h"

namespace vagram::cli {
int Submit(const Arguments& arguments, Console& console) {
  const auto submission = ReadSubmission(arguments, console.interrupt);
  if (!submission.ok()) return ReportError(submission.status(), console);
  if (arguments.dry_run) return ReportTrials(submission->experiment, arguments, console);
  auto client = ExperimentsClient::Connect(arguments.home, console.interrupt);
  if (!client.ok()) return ReportError(client.status(), console);
  const auto experiment = (*client)->Submit(submission->request);
  if (!experiment.ok()) return ReportError(experiment.status(), console);
  if (!arguments.json) {
    console.out << experiment->id() << std::endl;
  } else if (!arguments.wait) {
    console.out << ToJson(*experiment) << "\n";
  }
  if (!arguments.wait) return kExitOk;

  const auto ended = WatchToTheEnd(arguments.home, experiment->id(), nullptr, console);
  if (ended.ok()) return ReportResult(*ended, arguments, console);
  if (!absl::IsCancelled(ended.status())) return ReportError(ended.status(), console);
  console.err << "experiment " << experiment->id() << " goes on: `vagram status "
              << experiment->id() << " -w` watches it, `vagram cancel " << experiment->id()
              << "` stops it\n";
  return kExitFailed;
}

int Check(const Arguments& arguments, Console& console) {
  const auto submission = ReadSubmission(arguments, console.interrupt);
  if (!submission.ok()) return ReportError(submission.status(), console);
  return ReportTrials(submission->experiment, arguments, console);
}

}  // namespace vagram::cli
