#include "orchestrator/cli/progress.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "orchestrator/cli/experiment_tables.h"
#include "orchestrator/cli/format.h"
#include "orchestrator/cli/remaining_time.h"
#include "orchestrator/cli/table.h"
#include "orchestrator/cli/terminal_text.h"

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

// How far the whole is: the summary, and how long it still takes where that can be told.
std::string WholeLine(const v1::Experiment& experiment, absl::Time now) {
  const std::string left = RemainingTimeText(experiment, now);
  return absl::StrCat(Summary(experiment), left.empty() ? "" : ", ", left);
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
  const int ended = static_cast<int>(
      std::count_if(experiment.trials().begin(), experiment.trials().end(),
                    [](const v1::Trial& trial) { return HasEnded(trial.state()); }));
  if (std::exchange(ended_, ended) < ended && ended < experiment.trials_size()) {
    *out_ << Stamp(now) << WholeLine(experiment, now) << "\n";
  }
  out_->flush();
}

void PlainProgress::Note(const std::string& line, absl::Time now) {
  *out_ << Stamp(now) << line << std::endl;
}

void LiveProgress::Update(const v1::Experiment& experiment, absl::Time now) {
  experiment_ = experiment;
  Show("");
}

void LiveProgress::Note(const std::string& line, absl::Time now) { Show(line); }

void LiveProgress::Show(const std::string& note) {
  view_.Show([experiment = experiment_, note, color = color_](TerminalSize size) {
    std::vector<std::string> notes;
    if (!note.empty()) notes = Wrap(note, size.columns);
    // One row stays free for the cursor.
    size.rows -= 1 + static_cast<int>(notes.size());
    std::vector<std::string> lines = ProgressLines(experiment, size, absl::Now(), color);
    for (const std::string& line : notes) lines.push_back(Paint(line, Color::kYellow, color));
    return lines;
  });
}

std::vector<std::string> ProgressLines(const v1::Experiment& experiment, TerminalSize size,
                                       absl::Time now, bool color) {
  std::vector<std::string> lines = Wrap(WholeLine(experiment, now), size.columns);
  // Below the summary come the table's header, its rows, and what is left out of them.
  const int room = std::max(1, size.rows - static_cast<int>(lines.size()) - 1);
  const bool all_fit = experiment.trials_size() <= room;
  const ShownTrials shown = UrgentTrials(experiment, all_fit ? room : std::max(1, room - 1));
  for (std::string& line : ProgressTableLines(experiment, shown.trials, color, size.columns)) {
    lines.push_back(std::move(line));
  }
  if (!shown.left_out.empty()) lines.push_back(WithoutEnd(shown.left_out, size.columns));
  return lines;
}

std::unique_ptr<ProgressView> MakeProgressView(Console& console) {
  if (!console.err_is_terminal) return std::make_unique<PlainProgress>(&console.err);
  return std::make_unique<LiveProgress>(
      &console.err, [&console] { return console.err_size(); }, console.color_err());
}

}  // namespace vagram::cli
