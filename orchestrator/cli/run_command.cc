#include <memory>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/experiments_client.h"
#include "orchestrator/cli/service_process.h"
#include "orchestrator/cli/submission.h"
#include "orchestrator/cli/watch.h"
#include "orchestrator/machine.h"

namespace vagram::cli {
namespace {

constexpr absl::Duration kStartTimeout = absl::Seconds(30);
constexpr absl::Duration kStopTimeout = absl::Seconds(60);
constexpr absl::Duration kVideoPatience = absl::Minutes(5);
constexpr absl::Duration kVideoPoll = absl::Milliseconds(500);
constexpr int kMaxStarts = 4;  // of the private service, the first one included

// The service that a run uses: the one that runs already, or a private one, which is brought up
// again when it dies.
class RunService {
 public:
  RunService(std::string home, Console* console) : home_(std::move(home)), console_(console) {}

  absl::Status Prepare() {
    const absl::Status answer = Ask();
    if (!absl::IsUnavailable(answer)) return answer;
    console_->err << "no service is running at " << home_ << ": bringing up one for this run\n";
    return StartPrivate();
  }

  // Before every new try of a watch that lost the service.
  absl::Status Revive() {
    if (private_ == nullptr || !private_->HasExited()) return absl::OkStatus();
    if (private_->HasExitedInOrder()) {
      return absl::UnavailableError(
          "the service of this run was stopped; unfinished trials go on at the next `vagram up`");
    }
    return StartPrivate();
  }

  // Ends the private service; one that was running before stays. Videos that it still makes are
  // waited for, unless the user is in a hurry.
  void Release() {
    if (private_ == nullptr || private_->HasExited()) return;
    AwaitVideos();
    if (const absl::Status status = private_->Terminate(kStopTimeout); !status.ok()) {
      ReportError(status, *console_);
    } else {
      console_->err << "stopped the service of this run\n";
    }
  }

 private:
  absl::Status Ask() {
    ASSIGN_OR_RETURN(const auto client, ExperimentsClient::Connect(home_, console_->interrupt));
    return client->GetServiceInfo().status();
  }

  void AwaitVideos() {
    const absl::Time give_up = absl::Now() + kVideoPatience;
    bool told = false;
    while (!console_->interrupt->tripped() && absl::Now() < give_up) {
      const auto client = ExperimentsClient::Connect(home_, console_->interrupt);
      if (!client.ok()) return;
      const auto info = (*client)->GetServiceInfo();
      if (!info.ok() || info->pending_videos() == 0) return;
      if (!told)
        console_->err << "waiting for the last videos; Ctrl-C leaves them out" << std::endl;
      told = true;
      console_->interrupt->WaitFor(kVideoPoll);
    }
  }

  absl::Status StartPrivate() {
    if (++starts_ > kMaxStarts) {
      return absl::UnavailableError(absl::StrCat("the service of this run died ", kMaxStarts,
                                                 " times; its log is ", home_,
                                                 "/logs/orchestrator.log"));
    }
    ServiceProcess::Options options;
    options.home = home_;
    options.bin_dir = BinaryFolder();
    options.slots = MachineCores("/");
    options.private_service = true;
    ASSIGN_OR_RETURN(private_, ServiceProcess::Start(options));
    ASSIGN_OR_RETURN(const v1::ServiceInfo info,
                     private_->WaitUntilServing(kStartTimeout, console_->interrupt));
    if (info.pid() != private_->pid()) private_.reset();  // another start was quicker
    return absl::OkStatus();
  }

  const std::string home_;
  Console* const console_;
  std::unique_ptr<ServiceProcess> private_;
  int starts_ = 0;
};

// After Ctrl-C: the experiment as the cancellation left it.
absl::StatusOr<v1::Experiment> CancelExperiment(const std::string& home, const std::string& id,
                                                Console& console) {
  console.err << "cancelling experiment " << id << "; Ctrl-C again leaves at once" << std::endl;
  // The interrupt is spent: this call has its deadline only.
  Stop none;
  ASSIGN_OR_RETURN(const auto client, ExperimentsClient::Connect(home, &none));
  return client->Cancel(id);
}

int RunOn(RunService& service, const Submission& submission, const Arguments& arguments,
          Console& console) {
  if (const absl::Status ready = service.Prepare(); !ready.ok()) return ReportError(ready, console);
  auto client = ExperimentsClient::Connect(arguments.home, console.interrupt);
  if (!client.ok()) return ReportError(client.status(), console);
  const auto submitted = (*client)->Submit(submission.request);
  if (!submitted.ok()) return ReportError(submitted.status(), console);
  console.err << "experiment " << submitted->id() << " in " << submitted->folder() << "\n";
  if (const std::string& dashboard = (*client)->record().dashboard; !dashboard.empty()) {
    console.err << "dashboard " << dashboard << "\n";
  }
  console.err.flush();

  auto ended = WatchToTheEnd(
      arguments.home, submitted->id(), [&] { return service.Revive(); }, console);
  if (console.interrupt->tripped()) {
    ended = CancelExperiment(arguments.home, submitted->id(), console);
  }
  if (!ended.ok()) return ReportError(ended.status(), console);
  const int code = ReportResult(*ended, arguments, console);
  return console.interrupt->tripped() ? kExitFailed : code;
}

}  // namespace

int Run(const Arguments& arguments, Console& console) {
  const auto submission = ReadSubmission(arguments, console.interrupt);
  if (!submission.ok()) return ReportError(submission.status(), console);
  if (arguments.dry_run) return ReportTrials(submission->experiment, arguments, console);
  RunService service(arguments.home, &console);
  const int code = RunOn(service, *submission, arguments, console);
  service.Release();
  return code;
}

}  // namespace vagram::cli
