#include <nlohmann/json.hpp>
#include <ostream>

#include "absl/status/status.h"
#include "core/base/status_macros.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/experiments_client.h"
#include "orchestrator/cli/format.h"
#include "orchestrator/cli/json.h"
#include "orchestrator/cli/service_process.h"
#include "orchestrator/machine.h"

namespace vagram::cli {
namespace {

constexpr absl::Duration kStartTimeout = absl::Seconds(30);
// After a start that failed.
constexpr absl::Duration kHalfStartTimeout = absl::Seconds(60);
// The service gives its workers time to save checkpoints: as much as `up` lets one ask for.
constexpr absl::Duration kStopTimeout = absl::Minutes(65);

// The service's message, and what its record says besides.
std::string ServiceJson(const v1::ServiceInfo& info, const ServiceRecord& record,
                        bool was_running) {
  auto json = nlohmann::ordered_json::parse(ToJson(info));
  json["address"] = record.address;
  json["dashboard"] = record.dashboard;
  json["was_running"] = was_running;
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void PrintService(const v1::ServiceInfo& info, const ServiceRecord& record, std::ostream& out) {
  out << "address    " << record.address << "\n";
  if (!record.dashboard.empty()) out << "dashboard  " << record.dashboard << "\n";
  out << "pid        " << info.pid() << "\n"
      << "home       " << info.home() << "\n"
      << "slots      " << info.slots() << "\n";
  if (info.threads() > 0) out << "threads    " << info.threads() << "\n";
  if (info.memory_gib() > 0) out << "memory     " << info.memory_gib() << " GiB\n";
}

// OK and printed when a service answers; UNAVAILABLE when none does.
absl::Status ReportRunning(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(const auto client,
                   ExperimentsClient::Connect(arguments.home, console.interrupt));
  ASSIGN_OR_RETURN(const v1::ServiceInfo info, client->GetServiceInfo());
  if (arguments.slots > 0 || arguments.threads.has_value() || arguments.memory_gib.has_value() ||
      arguments.port > 0 || arguments.dashboard_port.has_value() ||
      arguments.preempt_grace_seconds.has_value()) {
    console.err << "--slots, --threads, --memory_gib, --port, --dashboard_port and "
                   "--preempt_grace_seconds change nothing now: `vagram down` first\n";
  }
  if (arguments.json) {
    console.out << ServiceJson(info, client->record(), /*was_running=*/true) << "\n";
    return absl::OkStatus();
  }
  console.out << "the service is running already: " << client->record().address << ", pid "
              << info.pid() << ", " << Count(info.slots(), "slot") << "\n";
  if (!client->record().dashboard.empty()) {
    console.out << "dashboard: " << client->record().dashboard << "\n";
  }
  return absl::OkStatus();
}

}  // namespace

int Up(const Arguments& arguments, Console& console) {
  const absl::Status running = ReportRunning(arguments, console);
  if (!absl::IsUnavailable(running)) return ReportError(running, console);

  ServiceProcess::Options options;
  options.home = arguments.home;
  options.bin_dir = BinaryFolder();
  options.port = arguments.port;
  options.threads = arguments.threads;
  options.memory_gib = arguments.memory_gib;
  options.dashboard_port = arguments.dashboard_port;
  options.preempt_grace_seconds = arguments.preempt_grace_seconds;
  options.slots = arguments.slots > 0 ? arguments.slots : MachineCores("/");
  auto process = ServiceProcess::Start(options);
  if (!process.ok()) return ReportError(process.status(), console);
  const auto info = (*process)->WaitUntilServing(kStartTimeout, console.interrupt);
  if (!info.ok()) {
    // Half a start must not stay behind.
    (void)(*process)->Terminate(kHalfStartTimeout);
    return ReportError(info.status(), console);
  }
  if (info->pid() != (*process)->pid()) {
    return ReportError(ReportRunning(arguments, console), console);
  }
  const auto record = ReadServiceRecord(arguments.home);
  if (!record.ok()) return ReportError(record.status(), console);
  if (arguments.json) {
    console.out << ServiceJson(*info, *record, /*was_running=*/false) << "\n";
  } else {
    PrintService(*info, *record, console.out);
  }
  return kExitOk;
}

int Down(const Arguments& arguments, Console& console) {
  // Asked before the end, to say afterwards what became of the work.
  int64_t unfinished = 0, running = 0, paused = 0;
  if (auto client = ExperimentsClient::Connect(arguments.home, console.interrupt); client.ok()) {
    if (const auto experiments = (*client)->List(kMaxListed); experiments.ok()) {
      for (const v1::Experiment& experiment : experiments->experiments()) {
        for (const v1::Trial& trial : experiment.trials()) {
          const bool rests = trial.state() == v1::PAUSED;
          paused += rests;
          unfinished += !rests && !HasEnded(trial.state());
          running += !rests && !HasEnded(trial.state()) && trial.state() != v1::QUEUED;
        }
      }
    }
  }
  if (running > 0) {
    console.err << "waiting for " << Count(running, "running trial")
                << (running == 1 ? " to save its checkpoint" : " to save their checkpoints")
                << std::endl;
  }
  const auto stopped = StopService(arguments.home, kStopTimeout, console.interrupt);
  if (!stopped.ok()) return ReportError(stopped.status(), console);
  if (arguments.json) {
    const nlohmann::ordered_json json = {{"address", stopped->address},
                                         {"pid", stopped->pid},
                                         {"unfinished_trials", unfinished},
                                         {"paused_trials", paused}};
    console.out << json.dump(1) << "\n";
    return kExitOk;
  }
  console.out << "stopped the service at " << stopped->address << " (pid " << stopped->pid << ")";
  if (unfinished > 0) {
    console.out << "; " << Count(unfinished, "unfinished trial")
                << (unfinished == 1 ? " is queued and goes" : " are queued and go")
                << " on at the next `vagram up`";
  }
  if (paused > 0) console.out << "; " << Count(paused, "trial") << " paused until `vagram resume`";
  console.out << "\n";
  return kExitOk;
}

}  // namespace vagram::cli
