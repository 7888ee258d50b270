#include "orchestrator/cli/status_text.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "orchestrator/cli/experiment_tables.h"
#include "orchestrator/cli/format.h"
#include "orchestrator/cli/remaining_time.h"
#include "orchestrator/cli/table.h"
#include "orchestrator/cli/terminal_text.h"

namespace vagram::cli {
namespace {

// Lines of `status` that are no trials: summary, header, what happened, some processes.
constexpr int kOtherLines = 10;
constexpr int kFewestTrials = 10;

void AppendText(const std::string& text, const StatusStyle& style,
                std::vector<std::string>* lines) {
  for (std::string& line : Wrap(text, style.columns)) lines->push_back(std::move(line));
}

void Append(std::vector<std::string> more, std::vector<std::string>* lines) {
  for (std::string& line : more) lines->push_back(std::move(line));
}

std::string Times(const v1::Experiment& experiment, absl::Time now) {
  std::vector<std::string> parts = {
      absl::StrCat("submitted ", FormatTime(experiment.submitted_at(), now))};
  if (HasEnded(experiment.state())) {
    parts.push_back(absl::StrCat("ended ", FormatTime(experiment.ended_at(), now)));
  } else if (const std::string left = RemainingTimeText(experiment, now); !left.empty()) {
    parts.push_back(left);
  }
  parts.push_back(absl::StrCat("in ", Printable(experiment.folder())));
  return absl::StrJoin(parts, ", ");
}

// " (2 in use)" where something is.
std::string InUse(const v1::ServiceInfo& service) {
  return service.used_slots() > 0 ? absl::StrCat(" (", service.used_slots(), " in use)") : "";
}

// Why a trial is as it is, where the table had no room to say it.
bool IsUntold(const v1::Trial& trial, const std::vector<std::string>& table) {
  if (trial.state() != v1::FAILED && trial.state() != v1::STALLED) return false;
  const std::string reason = Printable(trial.reason());
  return std::none_of(table.begin(), table.end(),
                      [&](const std::string& line) { return absl::StrContains(line, reason); });
}

}  // namespace

StatusStyle StatusStyleOf(const Console& console, bool all) {
  StatusStyle style;
  style.color = console.color_out();
  style.columns = console.out_columns();
  if (console.out_is_terminal && !all) {
    style.most_trials = std::max(kFewestTrials, console.out_size().rows - kOtherLines);
  }
  return style;
}

std::vector<std::string> ExperimentLines(const v1::Experiment& experiment, absl::Time now,
                                         const StatusStyle& style) {
  std::vector<std::string> lines;
  AppendText(Summary(experiment), style, &lines);
  AppendText(Times(experiment, now), style, &lines);
  lines.emplace_back();
  const ShownTrials shown = UrgentTrials(experiment, style.most_trials);
  const std::vector<std::string> table =
      TrialLines(experiment, shown.trials, now, style.color, style.columns);
  Append(table, &lines);
  if (!shown.left_out.empty()) {
    AppendText(absl::StrCat(shown.left_out, " (--all)"), style, &lines);
  }
  bool has_workers = false;
  for (const v1::Trial* trial : shown.trials) {
    has_workers |= trial->workers_size() > 0;
    if (IsUntold(*trial, table)) {
      AppendText(absl::StrCat("  ", trial->id(), " ", StateName(trial->state()), ": ",
                              Printable(trial->reason())),
                 style, &lines);
    }
    if (trial->replaced_actors() > 0) {
      AppendText(absl::StrCat("  ", trial->id(), " attempt ", trial->attempt(), ": ",
                              Count(trial->replaced_actors(), "lost actor"), " replaced"),
                 style, &lines);
    }
    for (const v1::AttemptRecord& attempt : trial->attempts()) {
      AppendText(
          absl::StrCat("  ", trial->id(), " attempt ", attempt.attempt(), " ended ",
                       FormatTime(attempt.ended_at(), now), ": ", Printable(attempt.reason())),
          style, &lines);
    }
  }
  if (has_workers) {
    lines.emplace_back();
    Append(WorkerTable(shown.trials, now).Lines(style.color, style.columns), &lines);
  }
  return lines;
}

std::vector<std::string> OverviewLines(const v1::ServiceInfo& service, const ServiceRecord& record,
                                       const v1::ListExperimentsResponse& experiments,
                                       absl::Time now, const StatusStyle& style) {
  std::vector<std::string> lines;
  AppendText(absl::StrCat("service ", Printable(service.version()), " at ", record.address,
                          ", pid ", service.pid(), ", ", Count(service.slots(), "slot"),
                          InUse(service), ", started ", FormatAgo(service.started_at(), now),
                          ", home ", Printable(service.home())),
             style, &lines);
  if (!record.dashboard.empty()) {
    AppendText(absl::StrCat("dashboard ", Printable(record.dashboard)), style, &lines);
  }
  lines.emplace_back();
  if (experiments.experiments().empty()) {
    lines.emplace_back("no experiments yet: `vagram run experiments/quickstart.yaml`");
  } else {
    Append(ExperimentTable(experiments.experiments(), now).Lines(style.color, style.columns),
           &lines);
  }
  return lines;
}

}  // namespace vagram::cli
