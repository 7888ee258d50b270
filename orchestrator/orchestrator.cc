#include "orchestrator/orchestrator.h"

#include <unistd.h>

#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/base/version.h"
#include "orchestrator/launcher/process_stat.h"
#include "orchestrator/resources.h"
#include "orchestrator/store/timestamp.h"

namespace vagram {
namespace {

constexpr absl::Duration kTickInterval = absl::Milliseconds(100);
constexpr absl::Duration kShutdownGrace = absl::Seconds(1);
// Beyond the scheduler's own grace, for processes that even SIGKILL does not end at once.
constexpr absl::Duration kDrainMargin = absl::Seconds(10);
constexpr char kLastPort[] = "last_port";
constexpr char kLastDashboardPort[] = "last_dashboard_port";

// Enough for every stream, a waiting call of each worker, and calls that answer at once.
int MaxThreads(int slots) { return ExperimentsService::kMaxStreams + 64 + 8 * slots; }

std::string Loopback(absl::string_view port) { return absl::StrCat("127.0.0.1:", port); }

}  // namespace

absl::StatusOr<std::unique_ptr<Orchestrator>> Orchestrator::Start(const Options& options,
                                                                  Launcher* launcher, Clock* clock,
                                                                  Stop* stop) {
  std::unique_ptr<Orchestrator> self(new Orchestrator(stop));
  ASSIGN_OR_RETURN(self->home_, ServiceHome::Open(options.home));
  ASSIGN_OR_RETURN(self->store_, Store::Open(self->home_->database()));
  self->results_ = std::make_unique<TrialResults>(options.home, self->store_.get());

  self->videos_ = std::make_unique<VideoQueue>(
      VideoQueue::Options{absl::StrCat(options.bin_dir, "/actor/render")}, launcher, clock);

  Scheduler::Options scheduler = options.scheduler;
  scheduler.bin_dir = options.bin_dir;
  scheduler.token_file = self->home_->token_file();
  ASSIGN_OR_RETURN(self->scheduler_,
                   Scheduler::Create(scheduler, {self->store_.get(), launcher, self->results_.get(),
                                                 clock, self->videos_.get()}));
  v1::ServiceInfo info;
  info.set_version(kVersion);
  info.set_home(options.home);
  info.set_slots(scheduler.slots);
  info.set_threads(static_cast<int>(scheduler.threads));
  info.set_memory_gib(ToGib(scheduler.memory_mib));
  info.set_pid(getpid());
  *info.mutable_started_at() = ToTimestamp(clock->Now());
  info.set_instance_id(RandomHex(16));
  self->metrics_ = std::make_unique<ServiceMetrics>(
      ServiceMetrics::Deps{self->store_.get(), self->scheduler_.get(), self->videos_.get(),
                           &self->calls_},
      info);
  if (options.dashboard_port >= 0) {
    RETURN_IF_ERROR(self->StartDashboard(options.dashboard_port, info));
  }
  info.set_dashboard(self->dashboard_url());
  self->experiments_ = std::make_unique<ExperimentsService>(
      ExperimentsService::Deps{self->store_.get(), self->scheduler_.get(), self->results_.get(),
                               self->videos_.get(), stop},
      info);
  self->workers_ = std::make_unique<WorkersService>(self->scheduler_.get());
  RETURN_IF_ERROR(self->StartServer(options.port, scheduler.slots));
  RETURN_IF_ERROR(self->home_->Publish(info, self->address(), self->dashboard_url()));

  self->scheduler_->Start(self->address());
  self->wake_on_stop_ = stop->OnTrip([scheduler = self->scheduler_.get()] { scheduler->Wake(); });
  const absl::Duration patience =
      scheduler.preempt_grace + scheduler.gang.kill_grace + kDrainMargin;
  self->loop_ = std::thread(
      [self = self.get(), owner = options.owner, patience] { self->Loop(owner, patience); });
  LOG(INFO) << "orchestrator serves address=" << self->address() << " home=" << options.home
            << " dashboard=" << self->dashboard_url() << " slots=" << scheduler.slots
            << " threads=" << scheduler.threads << " memory_mib=" << scheduler.memory_mib
            << " version=" << kVersion;
  return self;
}

absl::Status Orchestrator::StartServer(int port, int slots) {
  RpcServer::Options options;
  options.token = home_->token();
  options.services = {experiments_.get(), workers_.get()};
  options.observer = &calls_;
  options.max_threads = MaxThreads(slots);
  options.address = Loopback(absl::StrCat(port));
  if (port == 0) {
    ASSIGN_OR_RETURN(const std::optional<std::string> last, store_->GetMeta(kLastPort));
    if (last.has_value()) options.address = Loopback(*last);
  }
  absl::StatusOr<std::unique_ptr<RpcServer>> server = RpcServer::Start(options);
  if (!server.ok() && port == 0) {
    options.address = Loopback("0");
    server = RpcServer::Start(options);
  }
  RETURN_IF_ERROR(server.status());
  server_ = *std::move(server);
  const std::string& address = server_->address();
  return store_->SetMeta(kLastPort, address.substr(address.rfind(':') + 1));
}

absl::Status Orchestrator::StartDashboard(int port, const v1::ServiceInfo& info) {
  const DashboardApi::Deps deps = {store_.get(), scheduler_.get(), results_.get(), videos_.get(),
                                   stop_,        metrics_.get()};
  Dashboard::Options options;
  options.token = home_->token();
  options.port = port;
  if (port == 0) {
    ASSIGN_OR_RETURN(const std::optional<std::string> last, store_->GetMeta(kLastDashboardPort));
    if (last.has_value() && !absl::SimpleAtoi(*last, &options.port)) options.port = 0;
  }
  auto dashboard = Dashboard::Start(options, deps, info);
  if (!dashboard.ok() && port == 0) {
    options.port = 0;
    dashboard = Dashboard::Start(options, deps, info);
  }
  RETURN_IF_ERROR(dashboard.status());
  dashboard_ = *std::move(dashboard);
  return store_->SetMeta(kLastDashboardPort, absl::StrCat(dashboard_->port()));
}

std::string Orchestrator::dashboard_url() const {
  return dashboard_ == nullptr ? "" : dashboard_->url();
}

void Orchestrator::Loop(pid_t owner, absl::Duration patience) {
  const std::optional<std::string> owned_by = owner == 0 ? std::nullopt : RunningIncarnation(owner);
  while (!stop_->tripped()) {
    scheduler_->Tick();
    videos_->Tick();
    scheduler_->AwaitWork(kTickInterval);
    if (owner != 0 && (!owned_by.has_value() || RunningIncarnation(owner) != owned_by)) {
      stop_->Trip(absl::StrCat("process ", owner, ", whose private service this is, has ended"));
    }
  }
  LOG(INFO) << "orchestrator stops reason=" << stop_->reason();
  server_->AnnounceStop();
  scheduler_->Stop();
  videos_->Stop();
  const absl::Time deadline = absl::Now() + patience;
  while (true) {
    scheduler_->Tick();
    videos_->Tick();
    if (scheduler_->Idle() && videos_->Idle()) return;
    if (absl::Now() > deadline) {
      LOG(ERROR) << "workers do not end; the next service on this home will end them";
      return;
    }
    scheduler_->AwaitWork(kTickInterval);
  }
}

Orchestrator::~Orchestrator() {
  if (loop_.joinable()) {
    stop_->Trip("the orchestrator is destroyed");
    loop_.join();
  }
  dashboard_.reset();
  if (server_ != nullptr) server_->Shutdown(kShutdownGrace);
}

}  // namespace vagram
