#include "orchestrator/cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "orchestrator/cli/experiment_tables.h"
#include "orchestrator/cli/format.h"
#include "orchestrator/cli/table.h"

namespace vagram::cli {
namespace {

constexpr absl::Duration kPlainInterval = absl::Seconds(10);

std::string Stamp(absl::Time now) {
  return absl::FormatTime("%H:%M:%S ", now, absl::LocalTimeZone());
}

std::string StateLine(const v1::Trial& trial, absl::Time now) {
  std::string line =
      absl::StrCat(trial.id(), " ", Printable(trial.label()), ": ", StateName(trial.state()));
  if (trial.attempt() > 1 && !HasEnded(trial.state())) {
    absl::StrAppend(&line, " (attempt ", trial.attempt(), ")");
  }
  if (HasEnded(trial.state())) {
    absl::StrAppend(&line, " after ", FormatTrialTime(trial, now));
    if (trial.has_final_return()) {
      absl::StrAppend(&line, ", final return ", FormatReturn(trial.final_return()));
    }
  }
  if (!trial.reason().empty()) absl::StrAppend(&line, ": ", Printable(trial.reason()));
  return line;
}

std::string RunningLine(const v1::Trial& trial) {
  const v1::Progress& progress = trial.progress();
  std::vector<std::string> parts = {
      absl::StrCat("step ", FormatSteps(progress.step(), progress.num_steps())),
      absl::StrCat("return ", FormatReturn(progress.episode_return())),
      absl::StrFormat("%.0f updates/s", progress.updates_per_second()),
      absl::StrCat("ETA ", FormatSeconds(progress.eta_seconds()))};
  if (!progress.activity().empty()) parts.push_back(Printable(progress.activity()));
  return absl::StrCat(trial.id(), " ", Printable(trial.label()), ": ", absl::StrJoin(parts, ", "));
}

// Lower comes first where there is no room for all.
int Urgency(const v1::Trial& trial) {
  switch (trial.state()) {
    case v1::STALLED:
    case v1::RUNNING:
      return 0;
    case v1::STARTING:
      return 1;
    case v1::FAILED:
      return 2;
    case v1::QUEUED:
    case v1::PAUSED:
      return 3;
    default:
      return 4;
  }
}

}  // namespace

void PlainProgress::Update(const v1::Experiment& experiment, absl::Time now) {
  for (const v1::Trial& trial : experiment.trials()) {
    Shown& shown = shown_[trial.id()];
    if (shown.state != trial.state() || shown.attempt != trial.attempt()) {
      *out_ << Stamp(now) << StateLine(trial, now) << "\n";
    } else if (trial.state() == v1::RUNNING && trial.has_progress() &&
               now - shown.at >= kPlainInterval) {
      *out_ << Stamp(now) << RunningLine(trial) << "\n";
    } else {
      continue;
    }
    shown = {trial.state(), trial.attempt(), now};
  }
  out_->flush();
}

void PlainProgress::Note(const std::string& line, absl::Time now) {
  *out_ << Stamp(now) << line << std::endl;
}

void LiveProgress::Update(const v1::Experiment& experiment, absl::Time now) {
  experiment_ = experiment;
  note_.clear();
  Draw();
}

void LiveProgress::Note(const std::string& line, absl::Time now) {
  note_ = line;
  Draw();
}

void LiveProgress::Draw() {
  const TerminalSize size = size_();
  // One row stays free for the cursor, one for the note.
  std::vector<std::string> lines = ProgressLines(experiment_, std::max(2, size.rows - 2), color_);
  if (!note_.empty()) lines.push_back(Paint(note_, Color::kYellow, color_));
  region_.Draw(lines, size.columns);
}

std::vector<std::string> ProgressLines(const v1::Experiment& experiment, int max_lines,
                                       bool color) {
  std::vector<const v1::Trial*> trials;
  for (const v1::Trial& trial : experiment.trials()) trials.push_back(&trial);
  // The summary and the table's header take two lines; where not all trials fit, the most urgent
  // ones stay, in their old order.
  const size_t room = static_cast<size_t>(std::max(0, max_lines - 2));
  if (trials.size() > room) {
    std::stable_sort(trials.begin(), trials.end(), [](const v1::Trial* a, const v1::Trial* b) {
      return Urgency(*a) < Urgency(*b);
    });
    trials.resize(room);
  }

  std::vector<std::string> lines = {Summary(experiment)};
  for (std::string& line : ProgressTable(trials).Lines(color)) lines.push_back(std::move(line));
  return lines;
}

std::unique_ptr<ProgressView> MakeProgressView(Console& console) {
  if (!console.err_is_terminal) return std::make_unique<PlainProgress>(&console.err);
  return std::make_unique<LiveProgress>(
      &console.err, [] { return SizeOfTerminal(STDERR_FILENO); }, console.color_err());
}

}  // namespace vagram::cli
