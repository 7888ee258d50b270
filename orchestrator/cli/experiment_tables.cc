#include "orchestrator/cli/experiment_tables.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "orchestrator/cli/format.h"

namespace vagram::cli {
namespace {

constexpr auto kRight = Table::Align::kRight;
constexpr int kBarWidth = 20;

// A trial's evaluation return: the final one at its end, the last one before.
double Return(const v1::Trial& trial) {
  if (HasEnded(trial.state()) && trial.has_final_return()) return trial.final_return();
  // Without a report the field is 0, which says nothing.
  return trial.has_progress() ? trial.progress().episode_return()
                              : std::numeric_limits<double>::quiet_NaN();
}

std::string Speed(const v1::Trial& trial) {
  const double updates = trial.progress().updates_per_second();
  return trial.state() == v1::RUNNING && updates > 0 ? absl::StrFormat("%.0f", updates) : "-";
}

std::string Eta(const v1::Trial& trial) {
  const double eta = trial.progress().eta_seconds();
  return trial.state() == v1::RUNNING && eta > 0 ? FormatSeconds(eta) : "-";
}

std::string Steps(const v1::Trial& trial) {
  const int64_t num_steps =
      trial.progress().num_steps() > 0 ? trial.progress().num_steps() : trial.config().num_steps();
  return FormatSteps(trial.progress().step(), num_steps);
}

std::string Attempt(const v1::Trial& trial) {
  if (trial.max_attempts() <= 0) return absl::StrCat(trial.attempt());
  return absl::StrCat(trial.attempt(), "/", trial.max_attempts());
}

// What the trial does, or why it does not.
std::string Detail(const v1::Trial& trial) {
  const bool works = trial.state() == v1::RUNNING && !trial.progress().activity().empty();
  if (!works) return trial.reason();
  const std::string& activity = trial.progress().activity();
  if (trial.reason().empty()) return activity;
  const int attempts = trial.attempts_size();
  // Another reason than the last attempt's end is about what goes on now.
  if (attempts > 0 && trial.attempts(attempts - 1).reason() != trial.reason()) {
    return trial.reason();
  }
  return absl::StrCat(activity, " (restarted: ", trial.reason(), ")");
}

std::map<v1::TrialState, int> CountStates(const v1::Experiment& experiment) {
  std::map<v1::TrialState, int> counts;
  for (const v1::Trial& trial : experiment.trials()) ++counts[trial.state()];
  return counts;
}

int CountEnded(const v1::Experiment& experiment) {
  return static_cast<int>(
      std::count_if(experiment.trials().begin(), experiment.trials().end(),
                    [](const v1::Trial& trial) { return HasEnded(trial.state()); }));
}

}  // namespace

Color StateColor(v1::TrialState state) {
  switch (state) {
    case v1::SUCCEEDED:
    case v1::STOPPED:
      return Color::kGreen;
    case v1::FAILED:
      return Color::kRed;
    case v1::CANCELLED:
    case v1::PAUSED:
    case v1::STALLED:
      return Color::kYellow;
    case v1::STARTING:
    case v1::RUNNING:
      return Color::kBlue;
    default:
      return Color::kNone;
  }
}

Color StateColor(v1::ExperimentState state) {
  switch (state) {
    case v1::EXPERIMENT_SUCCEEDED:
      return Color::kGreen;
    case v1::EXPERIMENT_FAILED:
      return Color::kRed;
    case v1::EXPERIMENT_CANCELLED:
    case v1::EXPERIMENT_PAUSED:
      return Color::kYellow;
    case v1::EXPERIMENT_RUNNING:
      return Color::kBlue;
    default:
      return Color::kNone;
  }
}

Table ExperimentTable(const google::protobuf::RepeatedPtrField<v1::Experiment>& experiments,
                      absl::Time now) {
  Table table({{"ID", kRight}, {"NAME"}, {"STATE"}, {"DONE", kRight}, {"SUBMITTED"}, {"ENDED"}});
  for (const v1::Experiment& experiment : experiments) {
    table.AddRow({experiment.id(),
                  experiment.name(),
                  {StateName(experiment.state()), StateColor(experiment.state())},
                  absl::StrCat(CountEnded(experiment), "/", experiment.trials_size()),
                  FormatTime(experiment.submitted_at(), now),
                  FormatTime(experiment.ended_at(), now)});
  }
  return table;
}

Table TrialTable(const v1::Experiment& experiment, absl::Time now) {
  Table table({{"TRIAL"},
               {"LABEL"},
               {"STATE"},
               {"ATTEMPT", kRight},
               {"STEP", kRight},
               {"RETURN", kRight},
               {"UPDATES/S", kRight},
               {"TIME", kRight},
               {"ETA", kRight},
               {"DETAIL"}});
  for (const v1::Trial& trial : experiment.trials()) {
    table.AddRow({trial.id(),
                  trial.label(),
                  {StateName(trial.state()), StateColor(trial.state())},
                  Attempt(trial),
                  Steps(trial),
                  FormatReturn(Return(trial)),
                  Speed(trial),
                  FormatTrialTime(trial, now),
                  Eta(trial),
                  Detail(trial)});
  }
  return table;
}

Table ProgressTable(const std::vector<const v1::Trial*>& trials) {
  Table table({{"TRIAL"},
               {"LABEL"},
               {"STATE"},
               {"PROGRESS"},
               {"STEP", kRight},
               {"RETURN", kRight},
               {"UPDATES/S", kRight},
               {"ETA", kRight},
               {"DETAIL"}});
  for (const v1::Trial* trial : trials) {
    const v1::Progress& progress = trial->progress();
    table.AddRow({trial->id(),
                  trial->label(),
                  {StateName(trial->state()), StateColor(trial->state())},
                  ProgressBar(progress.step(), progress.num_steps(), kBarWidth),
                  Steps(*trial),
                  FormatReturn(Return(*trial)),
                  Speed(*trial),
                  Eta(*trial),
                  Detail(*trial)});
  }
  return table;
}

Table WorkerTable(const v1::Experiment& experiment, absl::Time now) {
  Table table(
      {{"TRIAL"}, {"WORKER"}, {"HOST"}, {"PID", kRight}, {"ADDRESS"}, {"LAST HEARTBEAT", kRight}});
  for (const v1::Trial& trial : experiment.trials()) {
    for (const v1::Worker& worker : trial.workers()) {
      table.AddRow({trial.id(), absl::StrCat(RoleName(worker.role()), ".", worker.index()),
                    worker.host(), absl::StrCat(worker.pid()), worker.address(),
                    FormatAgo(worker.last_heartbeat(), now)});
    }
  }
  return table;
}

Table ResultTable(const v1::Experiment& experiment, absl::Time now) {
  Table table({{"TRIAL"},
               {"LABEL"},
               {"STATE"},
               {"STEPS", kRight},
               {"FINAL RETURN", kRight},
               {"TIME", kRight},
               {"RESTARTS", kRight},
               {"FOLDER"}});
  for (const v1::Trial& trial : experiment.trials()) {
    table.AddRow({trial.id(),
                  trial.label(),
                  {StateName(trial.state()), StateColor(trial.state())},
                  Steps(trial),
                  FormatReturn(Return(trial)),
                  FormatTrialTime(trial, now),
                  absl::StrCat(std::max<int64_t>(0, trial.attempt() - 1)),
                  trial.folder()});
  }
  return table;
}

std::string Summary(const v1::Experiment& experiment) {
  std::vector<std::string> parts = {
      StateName(experiment.state()),
      absl::StrCat(CountEnded(experiment), " of ", Count(experiment.trials_size(), "trial"),
                   " done")};
  const std::map<v1::TrialState, int> counts = CountStates(experiment);
  for (v1::TrialState state : {v1::FAILED, v1::CANCELLED, v1::STOPPED, v1::STALLED, v1::RUNNING,
                               v1::STARTING, v1::QUEUED, v1::PAUSED}) {
    const auto count = counts.find(state);
    if (count != counts.end()) parts.push_back(absl::StrCat(count->second, " ", StateName(state)));
  }
  return absl::StrCat(experiment.id(), " ", Printable(experiment.name()), ": ",
                      absl::StrJoin(parts, ", "));
}

std::vector<std::string> FailureLines(const v1::Experiment& experiment) {
  std::vector<std::string> lines;
  for (const v1::Trial& trial : experiment.trials()) {
    if (!HasEnded(trial.state()) || trial.state() == v1::SUCCEEDED) continue;
    lines.push_back(absl::StrCat(
        trial.id(), " ", StateName(trial.state()),
        trial.reason().empty() ? "" : absl::StrCat(": ", Printable(trial.reason())),
        trial.folder().empty() ? "" : absl::StrCat(" (logs in ", trial.folder(), "/logs)")));
  }
  return lines;
}

std::string ProgressBar(int64_t step, int64_t num_steps, int width) {
  const double share =
      num_steps <= 0 ? 0 : std::clamp(static_cast<double>(step) / num_steps, 0.0, 1.0);
  const int filled = static_cast<int>(std::floor(share * width));
  return absl::StrCat("[", std::string(filled, '#'), std::string(width - filled, '.'), "]");
}

}  // namespace vagram::cli
