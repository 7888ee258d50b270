#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/dynamics/loss_catalog.h"
#include "core/env/task.h"
#include "core/env/task_text.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/program.h"
#include "orchestrator/cli/service_process.h"
#include "orchestrator/cli/table.h"
#include "orchestrator/spec/experiment.h"

namespace vagram::cli {
namespace {

using nlohmann::ordered_json;

using Shorten = Table::Shorten;

constexpr auto kLeft = Table::Align::kLeft;
constexpr auto kRight = Table::Align::kRight;

// Whether the user means a file rather than a built-in task.
bool IsPath(absl::string_view task) {
  return absl::StrContains(task, '/') || absl::EndsWith(task, ".yaml") ||
         absl::EndsWith(task, ".yml") || absl::EndsWith(task, ".so");
}

// A task of the user's own takes the engine or the user's code, which this program keeps out.
int ShowUserTask(const Arguments& arguments, Console& console) {
  const bool plugin = absl::EndsWith(arguments.task, ".so");
  std::vector<std::string> command = {
      absl::StrCat(BinaryFolder(), "/actor/describe"),
      absl::StrCat(plugin ? "--plugin=" : "--task_file=", arguments.task)};
  if (arguments.json) command.push_back("--json");
  const absl::StatusOr<ProgramOutput> output = RunProgram(command, console.interrupt);
  if (!output.ok()) return ReportError(output.status(), console);
  console.out << output->out;
  console.err << output->err;
  return output->exit_code == 0 ? kExitOk : kExitUsage;
}

int ShowTask(const Arguments& arguments, Console& console) {
  if (IsPath(arguments.task)) return ShowUserTask(arguments, console);
  const absl::StatusOr<const Task*> task = FindTask(arguments.task);
  if (!task.ok()) return ReportError(task.status(), console);
  if (arguments.json) {
    console.out << TaskJson(**task).dump(1) << "\n";
  } else {
    console.out << TaskText(**task);
  }
  return kExitOk;
}

}  // namespace

int Envs(const Arguments& arguments, Console& console) {
  if (!arguments.task.empty()) return ShowTask(arguments, console);
  if (arguments.json) {
    ordered_json json = ordered_json::array();
    for (const Task& task : AllTasks()) json.push_back(TaskJson(task));
    console.out << json.dump(1) << "\n";
    return kExitOk;
  }
  Table table({{"ID"},
               {"OBSERVATION", kRight, Shorten::kNever, 0, 1},
               {"ACTION", kRight},
               {"STEPS", kRight},
               {"ENDS", kLeft, Shorten::kEnd, 20}});
  for (const Task& task : AllTasks()) {
    table.AddRow({task.id, absl::StrCat(task.obs_dim), absl::StrCat(task.act_dim),
                  absl::StrCat(task.max_episode_steps), task.termination});
  }
  console.out << table.Text(console.color_out(), console.out_columns());
  return kExitOk;
}

int Losses(const Arguments& arguments, Console& console) {
  if (arguments.json) {
    ordered_json json = ordered_json::array();
    for (const LossInfo& loss : AllLosses()) {
      json.push_back({{"name", loss.name},
                      {"summary", loss.summary},
                      {"source", loss.source},
                      {"probabilistic_default", loss.probabilistic_default},
                      {"allows_probabilistic", loss.allows_probabilistic},
                      {"allows_deterministic", loss.allows_deterministic},
                      {"uses_value_gradients", loss.uses_value_gradients},
                      {"uses_value_functions", loss.uses_value_functions}});
    }
    console.out << json.dump(1) << "\n";
    return kExitOk;
  }
  Table table({{"NAME"},
               {"MODEL", kLeft, Shorten::kNever, 0, 2},
               {"OF THE CRITICS", kLeft, Shorten::kNever, 0, 1},
               {"SOURCE", kLeft, Shorten::kEnd, 16, 3},
               {"SUMMARY", kLeft, Shorten::kEnd, 40}});
  for (const LossInfo& loss : AllLosses()) {
    const std::string standard = loss.probabilistic_default ? "probabilistic" : "deterministic";
    const bool either = loss.allows_probabilistic && loss.allows_deterministic;
    table.AddRow({loss.name, absl::StrCat(standard, either ? " (or not)" : ""),
                  loss.uses_value_gradients   ? "gradients"
                  : loss.uses_value_functions ? "values"
                                              : "nothing",
                  loss.source, loss.summary});
  }
  console.out << table.Text(console.color_out(), console.out_columns());
  return kExitOk;
}

int Presets(const Arguments& arguments, Console& console) {
  if (arguments.json) {
    ordered_json json = ordered_json::array();
    for (const PresetInfo& preset : AllPresets()) {
      json.push_back({{"name", preset.name}, {"summary", preset.summary}});
    }
    console.out << json.dump(1) << "\n";
    return kExitOk;
  }
  Table table({{"NAME"}, {"SUMMARY", kLeft, Shorten::kEnd, 20}});
  for (const PresetInfo& preset : AllPresets()) table.AddRow({preset.name, preset.summary});
  console.out << table.Text(console.color_out(), console.out_columns());
  return kExitOk;
}

}  // namespace vagram::cli
