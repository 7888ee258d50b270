#ifndef ORCHESTRATOR_CLI_SUBMISSION_H_
#define ORCHESTRATOR_CLI_SUBMISSION_H_

#include <string>

#include "absl/status/statusor.h"
#include "core/base/stop.h"
#include "orchestrator/cli/command_line.h"
#include "orchestrator/cli/console.h"
#include "orchestrator/spec/experiment.h"
#include "proto/orchestrator.pb.h"

namespace vagram::cli {

// An experiment file with its --set, checked.
struct Submission {
  v1::SubmitRequest request;  // with a fresh client_request_id
  ResolvedExperiment experiment;
};

// Reads arguments.spec (- is stdin) and resolves it with arguments.overrides.
//   INVALID_ARGUMENT: every fault.   NOT_FOUND is never returned: a file that cannot be read is a
//   usage error.   CANCELLED: `interrupt` was tripped while a task of the user's was tried out.
absl::StatusOr<Submission> ReadSubmission(const Arguments& arguments, Stop* interrupt);

// Prints what a file resolves to: the trials, with --json their configurations too, on stdout, a
// summary on stderr. Returns kExitOk.
int ReportTrials(const ResolvedExperiment& experiment, const Arguments& arguments,
                 Console& console);

// Prints an ended experiment: the table or with --json the message on stdout, the reasons of
// failures on stderr. Returns kExitOk when every trial succeeded, else kExitFailed.
int ReportResult(const v1::Experiment& experiment, const Arguments& arguments, Console& console);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_SUBMISSION_H_
