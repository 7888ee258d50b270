#include "orchestrator/cli/submission.h"

#include <iostream>
#include <iterator>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "orchestrator/cli/experiment_tables.h"
#include "orchestrator/cli/home.h"
#include "orchestrator/cli/json.h"

namespace vagram::cli {
namespace {

constexpr int64_t kMaxSpecBytes = 1 << 20;  // what the resolver accepts

absl::StatusOr<std::string> ReadSpec(const std::string& file) {
  absl::StatusOr<std::string> text = ReadFile(file == "-" ? "/dev/stdin" : file, kMaxSpecBytes);
  if (text.ok()) return text;
  return absl::InvalidArgumentError(text.status().message());
}

// 128 random bits: a repeated Submit with the same id is the same experiment.
std::string RandomId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) absl::StrAppendFormat(&id, "%08x", random());
  return id;
}

}  // namespace

absl::StatusOr<Submission> ReadSubmission(const Arguments& arguments) {
  Submission submission;
  ASSIGN_OR_RETURN(const std::string yaml, ReadSpec(arguments.spec));
  const std::string file = arguments.spec == "-" ? "stdin" : arguments.spec;
  ASSIGN_OR_RETURN(submission.experiment, ResolveExperiment(yaml, file, arguments.overrides));
  v1::SubmitRequest& request = submission.request;
  request.set_client_request_id(RandomId());
  request.set_spec_yaml(yaml);
  request.set_spec_file(file);
  for (const std::string& override : arguments.overrides) request.add_overrides(override);
  return submission;
}

int ReportResult(const v1::Experiment& experiment, const Arguments& arguments, Console& console) {
  console.err << Summary(experiment) << "\n";
  for (const std::string& line : FailureLines(experiment)) console.err << line << "\n";
  console.err.flush();
  if (arguments.json) {
    console.out << ToJson(experiment) << "\n";
  } else {
    console.out << ResultTable(experiment, absl::Now()).Text(console.color_out());
  }
  return experiment.state() == v1::EXPERIMENT_SUCCEEDED ? kExitOk : kExitFailed;
}

}  // namespace vagram::cli
