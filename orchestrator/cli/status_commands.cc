#include <functional>
#include <memory>
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
#include "orchestrator/cli/json.h"
#include "orchestrator/cli/live_view.h"
#include "orchestrator/cli/status_text.h"

namespace vagram::cli {
namespace {

constexpr int kRecentExperiments = 10;
constexpr absl::Duration kRefreshInterval = absl::Seconds(1);

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

std::string OverviewJson(const Overview& overview, JsonStyle style) {
  std::string experiments;
  for (const v1::Experiment& experiment : overview.experiments.experiments()) {
    absl::StrAppend(&experiments, experiments.empty() ? "" : ",", ToJson(experiment, style));
  }
  return absl::StrCat("{\"service\":", ToJson(overview.service, style), ",\"experiments\":[",
                      experiments, "]}");
}

void Print(const std::vector<std::string>& lines, Console& console) {
  for (const std::string& line : lines) console.out << line << "\n";
  console.out.flush();
}

// Shows the same thing again and again: in place on a terminal, one below the other elsewhere.
class Screen {
 public:
  using Maker = std::function<std::vector<std::string>(const StatusStyle&)>;

  explicit Screen(Console* console) : console_(console) {
    if (!console->out_is_terminal) return;
    view_ = std::make_unique<LiveView>(&console->out, [console] { return console->out_size(); });
  }

  void Show(Maker make) {
    last_ = std::move(make);
    if (view_ == nullptr) {
      Print(last_(StatusStyleOf(*console_, /*all=*/false)), *console_);
      console_->out << std::endl;
      return;
    }
    view_->Show([console = console_, make = last_](TerminalSize) {
      return make(StatusStyleOf(*console, /*all=*/false));
    });
  }

  // What was shown last stays on the terminal, as an ordinary command leaves it.
  void Close() {
    if (view_ == nullptr || last_ == nullptr) return;
    view_->Clear();
    Print(last_(StatusStyleOf(*console_, /*all=*/false)), *console_);
  }

 private:
  Console* const console_;
  std::unique_ptr<LiveView> view_;
  Maker last_;
};

int WatchOverview(const Arguments& arguments, Console& console) {
  Screen screen(&console);
  absl::Status status;
  do {
    // A new look-up every time: the service may have been started again elsewhere.
    auto client = ExperimentsClient::Connect(arguments.home, console.interrupt);
    status = client.status();
    if (!status.ok()) break;
    const auto overview = ReadOverview(**client);
    status = overview.status();
    if (!status.ok()) break;
    if (arguments.json) {
      console.out << OverviewJson(*overview, JsonStyle::kOneLine) << std::endl;
    } else {
      screen.Show([overview = *overview, record = (*client)->record()](const StatusStyle& style) {
        return OverviewLines(overview.service, record, overview.experiments, absl::Now(), style);
      });
    }
  } while (!console.interrupt->WaitFor(kRefreshInterval));
  screen.Close();
  return absl::IsCancelled(status) ? kExitOk : ReportError(status, console);
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
      screen.Show([experiment](const StatusStyle& style) {
        return ExperimentLines(experiment, absl::Now(), style);
      });
    }
  };
  const auto ended = FollowExperiment(follow, console.interrupt);
  screen.Close();
  if (ended.ok() || absl::IsCancelled(ended.status())) return kExitOk;
  return ReportError(ended.status(), console);
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
    console.out << ExperimentTable(response->experiments(), absl::Now())
                       .Text(console.color_out(), console.out_columns());
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
  const StatusStyle style = StatusStyleOf(console, arguments.all);
  if (arguments.id.empty()) {
    const auto overview = ReadOverview(**client);
    if (!overview.ok()) return ReportError(overview.status(), console);
    if (arguments.json) {
      console.out << OverviewJson(*overview, JsonStyle::kIndented) << "\n";
    } else {
      Print(OverviewLines(overview->service, (*client)->record(), overview->experiments,
                          absl::Now(), style),
            console);
    }
    return kExitOk;
  }
  const auto experiment = (*client)->Get(arguments.id);
  if (!experiment.ok()) return ReportError(experiment.status(), console);
  if (arguments.json) {
    console.out << ToJson(*experiment) << "\n";
  } else {
    Print(ExperimentLines(*experiment, absl::Now(), style), console);
  }
  return kExitOk;
}

}  // namespace vagram::cli
