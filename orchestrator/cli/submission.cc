#include "orchestrator/cli/submission.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "core/env/user_task/task_bundle.h"
#include "orchestrator/cli/experiment_tables.h"
#include "orchestrator/cli/home.h"
#include "orchestrator/cli/json.h"
#include "orchestrator/cli/program.h"
#include "orchestrator/cli/resolved_trials.h"
#include "orchestrator/cli/service_process.h"

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

// Where the relative paths of an experiment file begin: its folder, or here for stdin.
std::string FolderOf(const std::string& spec) {
  std::error_code error;
  const std::filesystem::path folder =
      std::filesystem::absolute(spec == "-" ? "." : spec, error).parent_path();
  return folder.lexically_normal().string();
}

// Tries a task out where this build's programs are at hand, so that a misspelt joint or a library
// that does not load is found here and not in a trial. `flags` say which task.
absl::Status TryTask(std::vector<std::string> flags, Stop* interrupt) {
  flags.insert(flags.begin(), {absl::StrCat(BinaryFolder(), "/actor/describe"), "--quiet"});
  const absl::StatusOr<ProgramOutput> output = RunProgram(flags, interrupt);
  if (absl::IsFailedPrecondition(output.status())) return absl::OkStatus();  // not at hand
  RETURN_IF_ERROR(output.status());
  if (output->exit_code == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("cannot be used: ", absl::StripSuffix(output->err, "\n")));
}

// The task file with what it names.
absl::StatusOr<v1::UserTask> ReadTask(const std::string& path, const std::string& folder,
                                      Stop* interrupt) {
  const std::string absolute = (std::filesystem::path(folder) / path).string();
  ASSIGN_OR_RETURN(const std::vector<TaskFile> files, ReadTaskFiles(absolute));
  RETURN_IF_ERROR(ParseTaskFiles(files).status());
  RETURN_IF_ERROR(TryTask({absl::StrCat("--task_file=", absolute)}, interrupt));
  v1::UserTask task;
  task.set_path(path);
  for (const TaskFile& file : files) {
    v1::TaskFile& carried = *task.add_files();
    carried.set_path(file.path);
    carried.set_content(file.content);
  }
  return task;
}

absl::Status CheckPlugins(const ResolvedExperiment& experiment, Stop* interrupt) {
  std::set<std::vector<std::string>> tried;
  for (const ResolvedTrial& trial : experiment.trials) {
    const v1::EnvConfig& env = trial.config.env();
    if (env.plugin().empty()) continue;
    if (access(env.plugin().c_str(), R_OK) != 0) {
      return absl::InvalidArgumentError(absl::StrCat("env.plugin: cannot read ", env.plugin(), ": ",
                                                     std::strerror(errno), "; build it first"));
    }
    std::vector<std::string> flags = {absl::StrCat("--plugin=", env.plugin())};
    if (!env.id().empty()) flags.push_back(absl::StrCat("--id=", env.id()));
    if (!tried.insert(flags).second) continue;
    const absl::Status status = TryTask(flags, interrupt);
    if (!status.ok()) {
      return absl::Status(status.code(), absl::StrCat("env.plugin: ", status.message()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Submission> ReadSubmission(const Arguments& arguments, Stop* interrupt) {
  Submission submission;
  ASSIGN_OR_RETURN(const std::string yaml, ReadSpec(arguments.spec));
  const std::string file = arguments.spec == "-" ? "stdin" : arguments.spec;
  SpecSurroundings surroundings;
  surroundings.folder = FolderOf(arguments.spec);
  surroundings.read_task = [&](const std::string& path) {
    return ReadTask(path, surroundings.folder, interrupt);
  };
  absl::StatusOr<ResolvedExperiment> experiment =
      ResolveExperiment(yaml, file, arguments.overrides, surroundings, arguments.tuning);
  // A task that was being tried out when the user interrupted is no fault of the file.
  RETURN_IF_ERROR(interrupt->Check());
  RETURN_IF_ERROR(experiment.status());
  submission.experiment = *std::move(experiment);
  RETURN_IF_ERROR(CheckPlugins(submission.experiment, interrupt));
  v1::SubmitRequest& request = submission.request;
  request.set_client_request_id(RandomId());
  request.set_spec_yaml(yaml);
  request.set_spec_file(file);
  for (const std::string& override : arguments.overrides) request.add_overrides(override);
  request.set_spec_folder(surroundings.folder);
  request.set_tuning(arguments.tuning);
  for (const v1::UserTask& task : submission.experiment.tasks) *request.add_tasks() = task;
  return submission;
}

int ReportTrials(const ResolvedExperiment& experiment, const Arguments& arguments,
                 Console& console) {
  if (arguments.json) {
    console.out << ResolvedJson(experiment) << "\n";
  } else {
    for (const std::string& line :
         ResolvedLines(experiment, console.color_out(), console.out_columns())) {
      console.out << line << "\n";
    }
    console.err << ResolvedSummary(experiment) << "\n";
  }
  if (arguments.dry_run) console.err << "dry run: nothing was submitted\n";
  return kExitOk;
}

int ReportResult(const v1::Experiment& experiment, const Arguments& arguments, Console& console) {
  console.err << Summary(experiment) << "\n";
  for (const std::string& line : FailureLines(experiment)) console.err << line << "\n";
  console.err.flush();
  if (arguments.json) {
    console.out << ToJson(experiment) << "\n";
  } else {
    for (const std::string& line :
         ResultLines(experiment, absl::Now(), console.color_out(), console.out_columns())) {
      console.out << line << "\n";
    }
  }
  return experiment.state() == v1::EXPERIMENT_SUCCEEDED ? kExitOk : kExitFailed;
}

}  // namespace vagram::cli
