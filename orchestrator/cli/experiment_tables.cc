#include "orchestrator/cli/experiment_tables.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "orchestrator/cli/format.h"
#include "orchestrator/cli/trial_labels.h"

namespace vagram::cli {
namespace {

using Shorten = Table::Shorten;

constexpr auto kLeft = Table::Align::kLeft;
constexpr auto kRight = Table::Align::kRight;
constexpr int kBarWidth = 20;

const Table::Column kLabelColumn = {"LABEL", kLeft, Shorten::kMiddle, 24};
const Table::Column kDetailColumn = {"DETAIL", kLeft, Shorten::kEnd, 16, 4};

using LabelOf = std::function<std::string(const v1::Trial&)>;

// The table with labels as long as there is room for.
Table FittingTable(const v1::Experiment& experiment, int columns,
                   const std::function<Table(const LabelOf&)>& make) {
  std::vector<std::string> labels;
  for (const v1::Trial& trial : experiment.trials()) labels.push_back(trial.label());
  return TableWithLabels(labels, columns, [&](const std::vector<std::string>& styled) {
    std::map<std::string, std::string> by_trial;
    for (int i = 0; i < experiment.trials_size(); ++i) {
      by_trial[experiment.trials(i).id()] = styled[i];
    }
    return make([&](const v1::Trial& trial) { return by_trial[trial.id()]; });
  });
}

// Lower comes first where there is no room for all.
int Urgency(const v1::Trial& trial) {
  switch (trial.state()) {
    case v1::FAILED:
    case v1::STALLED:
      return 0;
    case v1::RUNNING:
      return 1;
    case v1::STARTING:
      return 2;
    case v1::PAUSED:
      return 3;
    case v1::QUEUED:
      return 4;
    default:
      return 5;
  }
}

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

ShownTrials UrgentTrials(const v1::Experiment& experiment, int most) {
  ShownTrials shown;
  for (const v1::Trial& trial : experiment.trials()) shown.trials.push_back(&trial);
  if (experiment.trials_size() <= most) return shown;
  std::stable_sort(
      shown.trials.begin(), shown.trials.end(),
      [](const v1::Trial* a, const v1::Trial* b) { return Urgency(*a) < Urgency(*b); });
  const auto cut = shown.trials.begin() + std::max(0, most);
  std::map<v1::TrialState, int> counts;
  for (auto trial = cut; trial != shown.trials.end(); ++trial) ++counts[(*trial)->state()];
  std::vector<std::string> parts;
  for (const auto& [state, count] : counts) {
    parts.push_back(absl::StrCat(count, " more ", StateName(state)));
  }
  shown.left_out = absl::StrCat("... and ", absl::StrJoin(parts, ", "));
  shown.trials.erase(cut, shown.trials.end());
  return shown;
}

std::string Peculiarities(const v1::Experiment& experiment) {
  std::vector<std::string> parts;
  if (experiment.priority() != 0) parts.push_back(absl::StrCat("priority ", experiment.priority()));
  if (experiment.tuning()) parts.push_back("tuning");
  if (experiment.fail_fast()) parts.push_back("fail-fast");
  return absl::StrJoin(parts, ", ");
}

Table ExperimentTable(const google::protobuf::RepeatedPtrField<v1::Experiment>& experiments,
                      absl::Time now) {
  std::vector<Table::Column> columns = {{"ID", kRight},
                                        {"NAME", kLeft, Shorten::kMiddle, 12},
                                        {"STATE"},
                                        {"DONE", kRight},
                                        {"SUBMITTED", kLeft, Shorten::kNever, 0, 2},
                                        {"ENDED", kLeft, Shorten::kNever, 0, 1}};
  const bool has_notes =
      std::any_of(experiments.begin(), experiments.end(),
                  [](const v1::Experiment& one) { return !Peculiarities(one).empty(); });
  if (has_notes) columns.push_back({"NOTES", kLeft, Shorten::kEnd, 11});
  Table table(std::move(columns));
  for (const v1::Experiment& experiment : experiments) {
    table.AddRow({experiment.id(),
                  experiment.name(),
                  {StateName(experiment.state()), StateColor(experiment.state())},
                  absl::StrCat(CountEnded(experiment), "/", experiment.trials_size()),
                  FormatTime(experiment.submitted_at(), now),
                  FormatTime(experiment.ended_at(), now),
                  Peculiarities(experiment)});
  }
  return table;
}

std::vector<std::string> TrialLines(const v1::Experiment& experiment, const TrialList& trials,
                                    absl::Time now, bool color, int columns) {
  const auto make = [&](const LabelOf& label) {
    Table table({{"TRIAL"},
                 kLabelColumn,
                 {"STATE"},
                 {"ATTEMPT", kRight, Shorten::kNever, 0, 2},
                 {"STEP", kRight},
                 {"RETURN", kRight},
                 {"UPDATES/S", kRight, Shorten::kNever, 0, 1},
                 {"TIME", kRight, Shorten::kNever, 0, 3},
                 {"ETA", kRight, Shorten::kNever, 0, 5},
                 kDetailColumn});
    for (const v1::Trial* trial : trials) {
      table.AddRow({trial->id(),
                    label(*trial),
                    {StateName(trial->state()), StateColor(trial->state())},
                    Attempt(*trial),
                    Steps(*trial),
                    FormatReturn(Return(*trial)),
                    Speed(*trial),
                    FormatTrialTime(*trial, now),
                    Eta(*trial),
                    Detail(*trial)});
    }
    return table;
  };
  return FittingTable(experiment, columns, make).Lines(color, columns);
}

std::vector<std::string> ProgressTableLines(const v1::Experiment& experiment,
                                            const TrialList& trials, bool color, int columns) {
  const auto make = [&](const LabelOf& label) {
    Table table({{"TRIAL"},
                 kLabelColumn,
                 {"STATE"},
                 {"PROGRESS", kLeft, Shorten::kNever, 0, 2},
                 {"STEP", kRight},
                 {"RETURN", kRight},
                 {"UPDATES/S", kRight, Shorten::kNever, 0, 1},
                 {"ETA", kRight},
                 kDetailColumn});
    for (const v1::Trial* trial : trials) {
      const v1::Progress& progress = trial->progress();
      table.AddRow({trial->id(),
                    label(*trial),
                    {StateName(trial->state()), StateColor(trial->state())},
                    ProgressBar(progress.step(), progress.num_steps(), kBarWidth),
                    Steps(*trial),
                    FormatReturn(Return(*trial)),
                    Speed(*trial),
                    Eta(*trial),
                    Detail(*trial)});
    }
    return table;
  };
  return FittingTable(experiment, columns, make).Lines(color, columns);
}

Table WorkerTable(const TrialList& trials, absl::Time now) {
  Table table({{"TRIAL"},
               {"WORKER"},
               {"HOST", kLeft, Shorten::kMiddle, 8},
               {"PID", kRight},
               {"ADDRESS", kLeft, Shorten::kNever, 0, 1},
               {"LAST HEARTBEAT", kRight}});
  for (const v1::Trial* trial : trials) {
    for (const v1::Worker& worker : trial->workers()) {
      table.AddRow({trial->id(), absl::StrCat(RoleName(worker.role()), ".", worker.index()),
                    worker.host(), absl::StrCat(worker.pid()), worker.address(),
                    FormatAgo(worker.last_heartbeat(), now)});
    }
  }
  return table;
}

std::vector<std::string> ResultLines(const v1::Experiment& experiment, absl::Time now, bool color,
                                     int columns) {
  const auto make = [&](const LabelOf& label) {
    Table table({{"TRIAL"},
                 kLabelColumn,
                 {"STATE"},
                 {"STEPS", kRight},
                 {"FINAL RETURN", kRight},
                 {"TIME", kRight, Shorten::kNever, 0, 3},
                 {"RESTARTS", kRight, Shorten::kNever, 0, 2},
                 {"FOLDER", kLeft, Shorten::kNever, 0, 1}});
    for (const v1::Trial& trial : experiment.trials()) {
      table.AddRow({trial.id(),
                    label(trial),
                    {StateName(trial.state()), StateColor(trial.state())},
                    Steps(trial),
                    FormatReturn(Return(trial)),
                    FormatTrialTime(trial, now),
                    absl::StrCat(std::max<int64_t>(0, trial.attempt() - 1)),
                    trial.folder()});
    }
    return table;
  };
  return FittingTable(experiment, columns, make).Lines(color, columns);
}

std::string Summary(const v1::Experiment& experiment) {
  std::vector<std::string> parts = {
      StateName(experiment.state()),
      absl::StrCat(CountEnded(experiment), " of ", Count(experiment.trials_size(), "trial"),
                   " done")};
  if (const std::string notes = Peculiarities(experiment); !notes.empty()) {
    parts.insert(parts.begin() + 1, notes);
  }
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
    if (trial.state() != v1::FAILED && trial.state() != v1::CANCELLED) continue;
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
