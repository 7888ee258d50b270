#include "core/worker/session.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/rpc/address.h"
#include "core/rpc/limits.h"
#include "core/rpc/status.h"

namespace vagram {
namespace {

constexpr absl::Duration kCallDeadline = absl::Seconds(10);
constexpr absl::Duration kHeartbeatDeadline = absl::Seconds(5);
// The orchestrator holds Resolve for up to 10 s; the rest is for a busy machine.
constexpr absl::Duration kResolveDeadline = absl::Seconds(15);

std::string HostName() {
  char name[256] = {};
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "unknown";
}

// Fills in who calls: fields that all requests of the Workers service share.
template <typename Request>
Request RequestFrom(const WorkerSession::Options& options) {
  Request request;
  request.set_trial_id(options.trial_id);
  request.set_attempt(options.attempt);
  return request;
}

}  // namespace

absl::StatusOr<std::unique_ptr<WorkerSession>> WorkerSession::Create(Options options) {
  RETURN_IF_ERROR(ParseHostPort(options.orchestrator.address).status());
  if (options.stop == nullptr || options.role == v1::ROLE_UNSPECIFIED || options.attempt < 1 ||
      options.index < 0 || options.trial_id.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "worker session of trial \"", options.trial_id, "\", attempt ", options.attempt, ", role ",
        v1::Role_Name(options.role), ", index ", options.index,
        ": expected a trial, an attempt from 1, a role, an index from "
        "0 and a stop"));
  }
  return std::unique_ptr<WorkerSession>(new WorkerSession(std::move(options)));
}

WorkerSession::WorkerSession(Options options)
    : options_(std::move(options)),
      host_(HostName()),
      stub_(v1::Workers::NewStub(MakeChannel(options_.orchestrator))),
      time_use_(options_.clock),
      on_closing_(closing_.OnTrip([this] {
        absl::MutexLock lock(&mu_);
        closed_ = true;
      })),
      close_on_stop_(options_.stop->OnTrip([this] { closing_.Trip("the worker stops"); })),
      on_leave_(leave().OnTrip([this] { Leave(); })) {}

WorkerSession::~WorkerSession() {
  on_leave_.reset();
  closing_.Trip("the session ends");
  if (heartbeats_.joinable()) heartbeats_.join();
}

template <typename Request, typename Response>
absl::Status WorkerSession::Call(Method<Request, Response> method, absl::Duration deadline,
                                 Stop* stop, const Request& request, Response* response) {
  const auto context = MakeContext(options_.orchestrator, deadline);
  absl::Status status;
  {
    const auto cancel = CancelOnStop(stop, context.get());
    status = FromGrpcStatus((stub_.get()->*method)(context.get(), request, response));
  }
  if (absl::IsAborted(status)) {
    dismissed_ = true;
    options_.stop->Trip(absl::StrCat("superseded by a newer attempt: ", status.message()));
  }
  return status;
}

absl::StatusOr<v1::TrialConfig> WorkerSession::Register(absl::string_view own_address) {
  auto request = RequestFrom<v1::RegisterRequest>(options_);
  request.set_role(options_.role);
  request.set_index(options_.index);
  request.set_address(std::string(own_address));
  request.set_pid(getpid());
  request.set_host(host_);
  v1::RegisterResponse response;
  RETURN_IF_ERROR(Retry(RetryPolicy(), *options_.stop, [&] {
    return Call(&v1::Workers::Stub::Register, kCallDeadline, options_.stop, request, &response);
  }));
  if (!(response.heartbeat_seconds() > 0 &&
        response.lease_seconds() > response.heartbeat_seconds())) {
    return absl::InternalError(absl::StrCat(
        "the orchestrator wants a sign of life every ", response.heartbeat_seconds(),
        " s within a lease of ", response.lease_seconds(), " s, expected 0 < interval < lease"));
  }
  absl::MutexLock lock(&mu_);
  address_ = std::string(own_address);
  folder_ = response.folder();
  lease_ = absl::Seconds(response.lease_seconds());
  heartbeat_interval_ = absl::Seconds(response.heartbeat_seconds());
  grace_ = absl::Seconds(response.grace_seconds());
  if (!heartbeats_started_) {
    heartbeats_started_ = true;
    heartbeats_ = std::thread([this] { HeartbeatLoop(); });
  }
  return std::move(*response.mutable_config());
}

std::string WorkerSession::folder() const {
  absl::MutexLock lock(&mu_);
  return folder_;
}

absl::StatusOr<std::string> WorkerSession::Resolve(v1::Role role, int index) {
  auto request = RequestFrom<v1::ResolveRequest>(options_);
  request.set_role(role);
  request.set_index(index);
  v1::ResolveResponse response;
  // Each call waits at the orchestrator; whether to wait at all is the heartbeat's concern.
  RetryPolicy patient;
  patient.max_backoff = absl::Milliseconds(200);
  patient.budget = absl::InfiniteDuration();
  RETURN_IF_ERROR(Retry(patient, *options_.stop, [&] {
    return Call(&v1::Workers::Stub::Resolve, kResolveDeadline, options_.stop, request, &response);
  }));
  return std::move(*response.mutable_address());
}

absl::Status WorkerSession::ReportMetrics(const std::vector<v1::MetricRow>& rows) {
  const TimeUse::Span blocked(&time_use_, TimeUse::kBlocked);
  auto request = RequestFrom<v1::ReportMetricsRequest>(options_);
  request.mutable_rows()->Add(rows.begin(), rows.end());
  RetryPolicy policy;
  policy.budget = lease();
  return Retry(policy, *options_.stop, [&] {
    v1::ReportMetricsResponse response;
    return Call(&v1::Workers::Stub::ReportMetrics, kCallDeadline, options_.stop, request,
                &response);
  });
}

absl::Status WorkerSession::ReportPolicy(v1::PolicyFile policy, bool last) {
  const TimeUse::Span blocked(&time_use_, TimeUse::kBlocked);
  auto request = RequestFrom<v1::ReportPolicyRequest>(options_);
  *request.mutable_policy() = std::move(policy);
  request.mutable_policy()->set_trial_id(options_.trial_id);
  request.set_last(last);
  // gRPC's own answer to this looks like that to a full disk, which is worth waiting for.
  if (request.ByteSizeLong() > kMaxMessageBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the policy takes ", request.ByteSizeLong(),
                                                   " bytes, a message at most ", kMaxMessageBytes,
                                                   "; make sac.hidden_sizes smaller"));
  }
  RetryPolicy retry;
  retry.budget = lease();
  return Retry(retry, *options_.stop, [&] {
    v1::ReportPolicyResponse response;
    return Call(&v1::Workers::Stub::ReportPolicy, kCallDeadline, options_.stop, request, &response);
  });
}

absl::Status WorkerSession::Finish(const absl::Status& outcome) {
  // A worker that is told to stop may still say how it ended, but once and without being waited
  // for, so these calls heed a stop of their own that nobody trips.
  Stop never;
  SendHeartbeat(&never).IgnoreError();  // the last progress; the outcome does not depend on it
  auto request = RequestFrom<v1::FinishTrialRequest>(options_);
  request.set_succeeded(outcome.ok());
  if (!outcome.ok())
    request.set_reason(outcome.ToString(absl::StatusToStringMode::kWithNoExtraData));
  RetryPolicy policy;
  policy.budget = options_.stop->tripped() ? absl::ZeroDuration() : lease();
  return Retry(policy, never, [&] {
    v1::FinishTrialResponse response;
    return Call(&v1::Workers::Stub::FinishTrial, kCallDeadline, &never, request, &response);
  });
}

void WorkerSession::SetProgress(const v1::Progress& progress) {
  absl::MutexLock lock(&mu_);
  progress_ = progress;
  has_progress_ = true;
}

Endpoint WorkerSession::EndpointOf(std::string address) const {
  return {std::move(address), options_.orchestrator.token};
}

absl::Duration WorkerSession::lease() const {
  absl::MutexLock lock(&mu_);
  return lease_;
}

absl::Status WorkerSession::SendHeartbeat(Stop* stop) {
  auto request = RequestFrom<v1::HeartbeatRequest>(options_);
  request.set_role(options_.role);
  request.set_index(options_.index);
  request.set_pid(getpid());
  request.set_host(host_);
  const TimeUse::Totals totals = time_use_.Read();
  request.mutable_time_use()->set_working(absl::ToDoubleSeconds(totals.working));
  request.mutable_time_use()->set_starved(absl::ToDoubleSeconds(totals.starved));
  request.mutable_time_use()->set_blocked(absl::ToDoubleSeconds(totals.blocked));
  {
    absl::MutexLock lock(&mu_);
    request.set_address(address_);
    if (has_progress_) *request.mutable_progress() = progress_;
    request.set_leaving(leaving_);
    told_of_leaving_ = leaving_;
  }
  v1::HeartbeatResponse response;
  RETURN_IF_ERROR(Call(&v1::Workers::Stub::Heartbeat, std::min(kHeartbeatDeadline, lease()), stop,
                       request, &response));
  if (response.stop()) {
    dismissed_ = true;
    options_.stop->Trip("the orchestrator said stop");
  }
  return absl::OkStatus();
}

void WorkerSession::Leave() {
  {
    absl::MutexLock lock(&mu_);
    leaving_ = true;
    leave_deadline_ = options_.clock->Now() + grace_;
    if (heartbeats_started_) return;
  }
  options_.stop->Trip("told to end before there was anything to put in order");
}

bool WorkerSession::AwaitHeartbeat() {
  absl::MutexLock lock(&mu_);
  const absl::Duration grace_left =
      std::max(absl::ZeroDuration(), leave_deadline_ - options_.clock->Now());
  const auto due = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return closed_ || leaving_ != told_of_leaving_;
  };
  mu_.AwaitWithTimeout(absl::Condition(&due), std::min(heartbeat_interval_, grace_left));
  return !closed_;
}

void WorkerSession::HeartbeatLoop() {
  // When the last answered one was sent: the orchestrator's lease runs from no earlier.
  absl::Time last_alive = options_.clock->Now();
  do {
    const absl::Time sent = options_.clock->Now();
    const absl::Status status = SendHeartbeat(&closing_);
    const absl::Duration silence = options_.clock->Now() - last_alive;
    if (status.ok()) {
      last_alive = sent;
    } else if (!closing_.tripped()) {
      LOG(WARNING) << "heartbeat_failed orchestrator=" << options_.orchestrator.address
                   << " status=" << status;
      if (silence > lease() && !lost_.exchange(true)) {
        // It may have been the machine's other end that died: what can be saved is worth saving.
        (options_.leave != nullptr ? options_.leave : options_.stop)
            ->Trip(absl::StrCat("lost the orchestrator for ", absl::FormatDuration(silence)));
      }
    }
    bool grace_is_over = false;
    {
      absl::MutexLock lock(&mu_);
      grace_is_over = options_.clock->Now() >= leave_deadline_;
    }
    if (grace_is_over)
      options_.stop->Trip(absl::StrCat(leave().reason(), ", and its grace is over"));
  } while (AwaitHeartbeat());
}

}  // namespace vagram
