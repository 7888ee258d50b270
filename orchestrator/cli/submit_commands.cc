#include <nlohmann/json.hpp>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/experiments_client.h"
#include "orchestrator/cli/format.h"
#include "orchestrator/cli/json.h"
#include "orchestrator/cli/submission.h"
#include "orchestrator/cli/table.h"
#include "orchestrator/cli/watch.h"

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

int Submit(const Arguments& arguments, Console& console) {
  const auto submission = ReadSubmission(arguments);
  if (!submission.ok()) return ReportError(submission.status(), console);
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
  const auto submission = ReadSubmission(arguments);
  if (!submission.ok()) return ReportError(submission.status(), console);
  const ResolvedExperiment& experiment = submission->experiment;
  if (arguments.json) {
    nlohmann::ordered_json json = {{"name", experiment.name},
                                   {"restarts", experiment.restarts},
                                   {"trials", nlohmann::ordered_json::array()}};
    for (const ResolvedTrial& trial : experiment.trials) {
      nlohmann::ordered_json overrides = nlohmann::ordered_json::object();
      for (const auto& [key, value] : trial.overrides) overrides[key] = value;
      json["trials"].push_back({{"label", trial.label},
                                {"overrides", overrides},
                                {"config", nlohmann::ordered_json::parse(ToJson(trial.config))}});
    }
    // A label may hold bytes that are no UTF-8; they are replaced.
    console.out << json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return kExitOk;
  }
  Table table({{"TRIAL", Table::Align::kRight},
               {"LABEL"},
               {"ENV"},
               {"ALGORITHM"},
               {"LOSS"},
               {"STEPS", Table::Align::kRight}});
  int index = 0;
  for (const ResolvedTrial& trial : experiment.trials) {
    const v1::TrialConfig& config = trial.config;
    table.AddRow({absl::StrCat(index++), trial.label, EnvName(config.env()), config.algorithm(),
                  config.algorithm() == "sac" ? "-" : config.model().loss(),
                  absl::StrCat(config.num_steps())});
  }
  console.out << table.Text(console.color_out());
  console.err << Printable(experiment.name) << ": "
              << Count(static_cast<int64_t>(experiment.trials.size()), "trial") << ", up to "
              << Count(experiment.restarts, "restart") << " each\n";
  return kExitOk;
}

}  // namespace vagram::cli
