#include "orchestrator/cli/submission.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>
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

// The task file with what it names. Where this build's programs are at hand, the engine compiles
// its model, so that a misspelt joint is found here and not in a trial.
absl::StatusOr<v1::UserTask> ReadTask(const std::string& path, const std::string& folder) {
  const std::string absolute = (std::filesystem::path(folder) / path).string();
  ASSIGN_OR_RETURN(const std::vector<TaskFile> files, ReadTaskFiles(absolute));
  RETURN_IF_ERROR(ParseTaskFiles(files).status());
  const absl::StatusOr<ProgramOutput> output =
      RunProgram({absl::StrCat(BinaryFolder(), "/actor/describe"), "--quiet",
                  absl::StrCat("--task_file=", absolute)});
  if (output.ok() && output->exit_code != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot be used: ", absl::StripSuffix(output->err, "\n")));
  }
  v1::UserTask task;
  task.set_path(path);
  for (const TaskFile& file : files) {
    v1::TaskFile& carried = *task.add_files();
    carried.set_path(file.path);
    carried.set_content(file.content);
  }
  return task;
}

// Workers open plug-ins where they run; here a missing one is noticed early.
absl::Status CheckPlugins(const ResolvedExperiment& experiment) {
  for (const ResolvedTrial& trial : experiment.trials) {
    const std::string& plugin = trial.config.env().plugin();
    if (plugin.empty() || access(plugin.c_str(), R_OK) == 0) continue;
    return absl::InvalidArgumentError(absl::StrCat("env.plugin: cannot read ", plugin, ": ",
                                                   std::strerror(errno), "; build it first"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Submission> ReadSubmission(const Arguments& arguments) {
  Submission submission;
  ASSIGN_OR_RETURN(const std::string yaml, ReadSpec(arguments.spec));
  const std::string file = arguments.spec == "-" ? "stdin" : arguments.spec;
  SpecSurroundings surroundings;
  surroundings.folder = FolderOf(arguments.spec);
  surroundings.read_task = [&](const std::string& path) {
    return ReadTask(path, surroundings.folder);
  };
  ASSIGN_OR_RETURN(submission.experiment,
                   ResolveExperiment(yaml, file, arguments.overrides, surroundings));
  RETURN_IF_ERROR(CheckPlugins(submission.experiment));
  v1::SubmitRequest& request = submission.request;
  request.set_client_request_id(RandomId());
  request.set_spec_yaml(yaml);
  request.set_spec_file(file);
  for (const std::string& override : arguments.overrides) request.add_overrides(override);
  request.set_spec_folder(surroundings.folder);
  for (const v1::UserTask& task : submission.experiment.tasks) *request.add_tasks() = task;
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
