#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/dynamics/loss_catalog.h"
#include "core/env/task.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/table.h"
#include "orchestrator/spec/experiment.h"

namespace vagram::cli {
namespace {

using nlohmann::ordered_json;

constexpr auto kRight = Table::Align::kRight;

ordered_json TaskJson(const Task& task) {
  ordered_json observation = ordered_json::array();
  for (const ObservationPart& part : task.observation) {
    observation.push_back({{"size", part.size}, {"meaning", part.meaning}, {"unit", part.unit}});
  }
  return {{"id", task.id},
          {"obs_dim", task.obs_dim},
          {"act_dim", task.act_dim},
          {"act_low", task.act_low},
          {"act_high", task.act_high},
          {"max_episode_steps", task.max_episode_steps},
          {"dt_seconds", task.dt_seconds},
          {"observation", observation},
          {"reward", task.reward},
          {"termination", task.termination}};
}

std::string Bounds(const std::vector<double>& low, const std::vector<double>& high) {
  std::string text;
  for (size_t i = 0; i < low.size() && i < high.size(); ++i) {
    absl::StrAppendFormat(&text, "%s[%g, %g]", i == 0 ? "" : " ", low[i], high[i]);
  }
  return text;
}

int ShowTask(const Arguments& arguments, Console& console) {
  const absl::StatusOr<const Task*> found = FindTask(arguments.task);
  if (!found.ok()) return ReportError(found.status(), console);
  const Task& task = **found;
  if (arguments.json) {
    console.out << TaskJson(task).dump(1) << "\n";
    return kExitOk;
  }
  console.out << "id            " << task.id << "\n"
              << "observation   " << task.obs_dim << " values\n";
  int first = 0;
  for (const ObservationPart& part : task.observation) {
    const int last = first + part.size - 1;
    console.out << absl::StrFormat(
        "  %-12s%s%s\n", part.size == 1 ? absl::StrCat(first) : absl::StrCat(first, "-", last),
        part.meaning, part.unit.empty() ? "" : absl::StrCat(" [", part.unit, "]"));
    first = last + 1;
  }
  console.out << "action        " << task.act_dim
              << " values in: " << Bounds(task.act_low, task.act_high) << "\n"
              << "reward        " << task.reward << "\n"
              << "termination   " << task.termination << "\n"
              << "time limit    " << task.max_episode_steps << " steps of "
              << absl::StrFormat("%g s", task.dt_seconds) << "\n";
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
  Table table({{"ID"}, {"OBSERVATION", kRight}, {"ACTION", kRight}, {"STEPS", kRight}, {"ENDS"}});
  for (const Task& task : AllTasks()) {
    table.AddRow({task.id, absl::StrCat(task.obs_dim), absl::StrCat(task.act_dim),
                  absl::StrCat(task.max_episode_steps), task.termination});
  }
  console.out << table.Text(console.color_out());
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
                      {"uses_value_gradients", loss.uses_value_gradients}});
    }
    console.out << json.dump(1) << "\n";
    return kExitOk;
  }
  Table table({{"NAME"}, {"MODEL"}, {"VALUE GRADIENTS"}, {"SOURCE"}, {"SUMMARY"}});
  for (const LossInfo& loss : AllLosses()) {
    const std::string standard = loss.probabilistic_default ? "probabilistic" : "deterministic";
    const bool either = loss.allows_probabilistic && loss.allows_deterministic;
    table.AddRow({loss.name, absl::StrCat(standard, either ? " (or not)" : ""),
                  loss.uses_value_gradients ? "yes" : "no", loss.source, loss.summary});
  }
  console.out << table.Text(console.color_out());
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
  Table table({{"NAME"}, {"SUMMARY"}});
  for (const PresetInfo& preset : AllPresets()) table.AddRow({preset.name, preset.summary});
  console.out << table.Text(console.color_out());
  return kExitOk;
}

}  // namespace vagram::cli
