#include "orchestrator/cli/resolved_trials.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "orchestrator/cli/format.h"
#include "orchestrator/cli/json.h"
#include "orchestrator/cli/table.h"
#include "orchestrator/cli/trial_labels.h"

namespace vagram::cli {
namespace {

// What tells the trial's task from others in a narrow column.
std::string EnvName(const v1::EnvConfig& env) {
  std::string name = env.id();
  if (!env.task().empty()) name = env.task();
  if (!env.plugin().empty()) {
    name = absl::StrCat(env.plugin().substr(env.plugin().rfind('/') + 1), name.empty() ? "" : ":",
                        name);
  }
  if (env.distractors().dims() > 0) absl::StrAppend(&name, " +", env.distractors().dims());
  return Printable(name);
}

}  // namespace

std::vector<std::string> ResolvedLines(const ResolvedExperiment& experiment, bool color,
                                       int columns) {
  std::vector<std::string> labels;
  for (const ResolvedTrial& trial : experiment.trials) labels.push_back(trial.label);
  const auto make = [&](const std::vector<std::string>& styled) {
    Table table({{"TRIAL", Table::Align::kRight},
                 {"LABEL", Table::Align::kLeft, Table::Shorten::kMiddle, 34},
                 {"ENV", Table::Align::kLeft, Table::Shorten::kEnd, 12, 1},
                 {"ALGORITHM", Table::Align::kLeft, Table::Shorten::kNever, 0, 2},
                 {"LOSS", Table::Align::kLeft, Table::Shorten::kNever, 0, 3},
                 {"STEPS", Table::Align::kRight},
                 {"SLOTS", Table::Align::kRight}});
    for (size_t i = 0; i < experiment.trials.size(); ++i) {
      const v1::TrialConfig& config = experiment.trials[i].config;
      table.AddRow({absl::StrCat(i), styled[i], EnvName(config.env()), config.algorithm(),
                    config.algorithm() == "sac" ? "-" : config.model().loss(),
                    absl::StrCat(config.num_steps()), absl::StrCat(config.resources().slots())});
    }
    return table;
  };
  return TableWithLabels(labels, columns, make).Lines(color, columns);
}

std::string ResolvedSummary(const ResolvedExperiment& experiment) {
  std::string summary = absl::StrCat(Printable(experiment.name), ": ",
                                     Count(static_cast<int64_t>(experiment.trials.size()), "trial"),
                                     ", up to ", Count(experiment.restarts, "restart"), " each");
  if (experiment.priority != 0) absl::StrAppend(&summary, ", priority ", experiment.priority);
  if (experiment.fail_fast) absl::StrAppend(&summary, ", the first failure cancels the others");
  if (experiment.tuning) absl::StrAppend(&summary, ", with tuning seeds");
  if (const std::vector<std::string>& chosen = experiment.narrowing.chosen; !chosen.empty()) {
    absl::StrAppend(&summary, ", of the sweep only what has ",
                    Printable(absl::StrJoin(chosen, " and ")));
  }
  if (const std::vector<std::string>& given = experiment.narrowing.replaced; !given.empty()) {
    absl::StrAppend(&summary, ", with ", Printable(absl::StrJoin(given, " and ")),
                    " in place of the sweep's values");
  }
  if (experiment.early_stopping.has_value()) {
    const EarlyStopping& rule = *experiment.early_stopping;
    absl::StrAppend(&summary, ", the best 1/", rule.reduction, " by ", Printable(rule.metric),
                    " go on after ", rule.first_rung, " steps and every ", rule.reduction,
                    "-fold of it");
  }
  return summary;
}

std::string ResolvedJson(const ResolvedExperiment& experiment) {
  nlohmann::ordered_json json = {{"name", experiment.name},
                                 {"restarts", experiment.restarts},
                                 {"priority", experiment.priority},
                                 {"on_failure", experiment.fail_fast ? "fail-fast" : "keep-going"},
                                 {"tuning", experiment.tuning},
                                 {"early_stopping", nullptr},
                                 {"trials", nlohmann::ordered_json::array()}};
  if (experiment.early_stopping.has_value()) {
    const EarlyStopping& rule = *experiment.early_stopping;
    json["early_stopping"] = {{"method", "asha"},
                              {"metric", rule.metric},
                              {"first_rung", rule.first_rung},
                              {"reduction", rule.reduction}};
  }
  for (const ResolvedTrial& trial : experiment.trials) {
    nlohmann::ordered_json overrides = nlohmann::ordered_json::object();
    for (const auto& [key, value] : trial.overrides) overrides[key] = value;
    json["trials"].push_back({{"label", trial.label},
                              {"overrides", overrides},
                              {"config", nlohmann::ordered_json::parse(ToJson(trial.config))}});
  }
  // A label may hold bytes that are no UTF-8; they are replaced.
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace vagram::cli
