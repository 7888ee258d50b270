#include <unistd.h>

#include <ostream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/experiment_tables.h"
#include "orchestrator/cli/experiments_client.h"
#include "orchestrator/cli/follow.h"
#include "orchestrator/cli/format.h"
#include "orchestrator/cli/json.h"

namespace vagram::cli {
namespace {

constexpr int kRecentExperiments = 10;
constexpr absl::Duration kRefreshInterval = absl::Seconds(1);

void Append(const Table& table, bool color, std::vector<std::string>& lines) {
  for (std::string& line : table.Lines(color)) lines.push_back(std::move(line));
}

std::vector<std::string> ExperimentLines(const v1::Experiment& experiment, bool color) {
  const absl::Time now = absl::Now();
  std::vector<std::string> lines = {
      Summary(experiment),
      absl::StrCat("submitted ", FormatTime(experiment.submitted_at(), now), ", ended ",
                   FormatTime(experiment.ended_at(), now), ", in ", experiment.folder()),
      ""};
  Append(TrialTable(experiment, now), color, lines);
  bool has_workers = false;
  for (const v1::Trial& trial : experiment.trials()) {
    has_workers |= trial.workers_size() > 0;
    if (trial.replaced_actors() > 0) {
      lines.push_back(absl::StrCat("  ", trial.id(), " attempt ", trial.attempt(), ": ",
                                   Count(trial.replaced_actors(), "lost actor"), " replaced"));
    }
    for (const v1::AttemptRecord& attempt : trial.attempts()) {
      lines.push_back(absl::StrCat("  ", trial.id(), " attempt ", attempt.attempt(), " ended ",
                                   FormatTime(attempt.ended_at(), now), ": ",
                                   Printable(attempt.reason())));
    }
  }
  if (has_workers) {
    lines.emplace_back();
    Append(WorkerTable(experiment, now), color, lines);
  }
  return lines;
}

struct Overview {
  v1::ServiceInfo service;
  v1::ListExperimentsResponse experiments;
};

absl::StatusOr<Overview> ReadOverview(ExperimentsClient& client) {
  Overview overview;
  ASSIGN_OR_RETURN(overview.service, client.GetServiceInfo());
  ASSIGN_OR_RETURN(overview.experiments, client.List(kRecentExperiments));
  return overview;
}

std::vector<std::string> OverviewLines(const Overview& overview, const ServiceRecord& record,
                                       bool color) {
  const absl::Time now = absl::Now();
  const v1::ServiceInfo& service = overview.service;
  std::vector<std::string> lines = {
      absl::StrCat("service ", service.version(), " at ", record.address, ", pid ", service.pid(),
                   ", ", Count(service.slots(), "slot"), ", started ",
                   FormatAgo(service.started_at(), now), ", home ", service.home())};
  if (!record.dashboard.empty()) lines.push_back(absl::StrCat("dashboard ", record.dashboard));
  lines.emplace_back();
  if (overview.experiments.experiments().empty()) {
    lines.emplace_back("no experiments yet: `vagram run experiments/quickstart.yaml`");
  } else {
    Append(ExperimentTable(overview.experiments.experiments(), now), color, lines);
  }
  return lines;
}

std::string OverviewJson(const Overview& overview, JsonStyle style) {
  std::string experiments;
  for (const v1::Experiment& experiment : overview.experiments.experiments()) {
    absl::StrAppend(&experiments, experiments.empty() ? "" : ",", ToJson(experiment, style));
  }
  return absl::StrCat("{\"service\":", ToJson(overview.service, style), ",\"experiments\":[",
                      experiments, "]}");
}

// Prints lines anew on every call: in place on a terminal, one below the other elsewhere.
class Screen {
 public:
  explicit Screen(Console* console) : console_(console), region_(&console->out) {}

  void Show(const std::vector<std::string>& lines) {
    if (!console_->out_is_terminal) {
      for (const std::string& line : lines) console_->out << line << "\n";
      console_->out << std::endl;
      return;
    }
    const TerminalSize size = SizeOfTerminal(STDOUT_FILENO);
    std::vector<std::string> visible = lines;
    const size_t room = static_cast<size_t>(std::max(3, size.rows - 1));
    if (visible.size() > room) visible.resize(room);
    region_.Draw(visible, size.columns);
  }

 private:
  Console* console_;
  LiveRegion region_;
};

int WatchOverview(const Arguments& arguments, Console& console) {
  Screen screen(&console);
  do {
    // A new look-up every time: the service may have been started again elsewhere.
    auto client = ExperimentsClient::Connect(arguments.home, console.interrupt);
    if (!client.ok()) return ReportError(client.status(), console);
    const auto overview = ReadOverview(**client);
    if (absl::IsCancelled(overview.status())) break;
    if (!overview.ok()) return ReportError(overview.status(), console);
    if (arguments.json) {
      console.out << OverviewJson(*overview, JsonStyle::kOneLine) << std::endl;
    } else {
      screen.Show(OverviewLines(*overview, (*client)->record(), console.color_out()));
    }
  } while (!console.interrupt->WaitFor(kRefreshInterval));
  return kExitOk;
}

int WatchExperiment(const Arguments& arguments, Console& console) {
  Screen screen(&console);
  FollowOptions follow;
  follow.home = arguments.home;
  follow.id = arguments.id;
  follow.on_change = [&](const v1::Experiment& experiment) {
    if (arguments.json) {
      console.out << ToJson(experiment, JsonStyle::kOneLine) << std::endl;
    } else {
      screen.Show(ExperimentLines(experiment, console.color_out()));
    }
  };
  const auto ended = FollowExperiment(follow, console.interrupt);
  if (ended.ok() || absl::IsCancelled(ended.status())) return kExitOk;
  return ReportError(ended.status(), console);
}

int Print(const std::vector<std::string>& lines, Console& console) {
  for (const std::string& line : lines) console.out << line << "\n";
  return kExitOk;
}

}  // namespace

int List(const Arguments& arguments, Console& console) {
  auto client = ExperimentsClient::Connect(arguments.home, console.interrupt);
  if (!client.ok()) return ReportError(client.status(), console);
  const auto response = (*client)->List(arguments.limit);
  if (!response.ok()) return ReportError(response.status(), console);
  if (arguments.json) {
    console.out << ToJsonArray(response->experiments()) << "\n";
  } else {
    console.out << ExperimentTable(response->experiments(), absl::Now()).Text(console.color_out());
  }
  return kExitOk;
}

int Status(const Arguments& arguments, Console& console) {
  if (arguments.watch) {
    return arguments.id.empty() ? WatchOverview(arguments, console)
                                : WatchExperiment(arguments, console);
  }
  auto client = ExperimentsClient::Connect(arguments.home, console.interrupt);
  if (!client.ok()) return ReportError(client.status(), console);
  if (arguments.id.empty()) {
    const auto overview = ReadOverview(**client);
    if (!overview.ok()) return ReportError(overview.status(), console);
    if (!arguments.json) {
      return Print(OverviewLines(*overview, (*client)->record(), console.color_out()), console);
    }
    console.out << OverviewJson(*overview, JsonStyle::kIndented) << "\n";
    return kExitOk;
  }
  const auto experiment = (*client)->Get(arguments.id);
  if (!experiment.ok()) return ReportError(experiment.status(), console);
  if (!arguments.json) return Print(ExperimentLines(*experiment, console.color_out()), console);
  console.out << ToJson(*experiment) << "\n";
  return kExitOk;
}

}  // namespace vagram::cli
