#include "orchestrator/workers_service.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "core/rpc/handler.h"
#include "core/rpc/status.h"

namespace vagram {
namespace {

constexpr absl::Duration kMaxResolveWait = absl::Seconds(10);

// Attaches the trial that NOT_FOUND and ABORTED are about.
template <typename Request>
absl::Status About(const Request& request, absl::Status status) {
  if (absl::IsNotFound(status) || absl::IsAborted(status)) {
    return WithResource(std::move(status), "trial", request.trial_id());
  }
  return status;
}

// A full disk is no fault of the worker's. Where it has something to be stored it is told so, and
// waits for room; here it is to try again, for as long as its lease lasts, rather than to fail.
absl::Status TryAgainWhenFull(absl::Status status) {
  return absl::IsResourceExhausted(status) ? absl::UnavailableError(status.message()) : status;
}

}  // namespace

grpc::Status WorkersService::Register(grpc::ServerContext*, const v1::RegisterRequest* request,
                                      v1::RegisterResponse* response) {
  return Handle([&]() -> absl::Status {
    absl::StatusOr<v1::RegisterResponse> answer = scheduler_->Register(*request);
    RETURN_IF_ERROR(TryAgainWhenFull(About(*request, answer.status())));
    *response = *std::move(answer);
    return absl::OkStatus();
  });
}

grpc::Status WorkersService::Resolve(grpc::ServerContext* context,
                                     const v1::ResolveRequest* request,
                                     v1::ResolveResponse* response) {
  return Handle([&]() -> absl::Status {
    const absl::Duration left = absl::FromChrono(context->deadline()) - absl::Now();
    absl::StatusOr<std::string> address =
        scheduler_->Resolve(*request, std::min(left, kMaxResolveWait));
    RETURN_IF_ERROR(About(*request, address.status()));
    response->set_address(*std::move(address));
    return absl::OkStatus();
  });
}

grpc::Status WorkersService::Heartbeat(grpc::ServerContext*, const v1::HeartbeatRequest* request,
                                       v1::HeartbeatResponse* response) {
  return Handle([&]() -> absl::Status {
    const absl::StatusOr<bool> stop = scheduler_->Heartbeat(*request);
    RETURN_IF_ERROR(TryAgainWhenFull(About(*request, stop.status())));
    response->set_stop(*stop);
    return absl::OkStatus();
  });
}

grpc::Status WorkersService::ReportMetrics(grpc::ServerContext*,
                                           const v1::ReportMetricsRequest* request,
                                           v1::ReportMetricsResponse* response) {
  return Handle([&]() -> absl::Status {
    const absl::StatusOr<int64_t> stored = scheduler_->ReportMetrics(*request);
    RETURN_IF_ERROR(About(*request, stored.status()));
    response->set_stored_rows(*stored);
    return absl::OkStatus();
  });
}

grpc::Status WorkersService::ReportPolicy(grpc::ServerContext*,
                                          const v1::ReportPolicyRequest* request,
                                          v1::ReportPolicyResponse*) {
  return Handle([&] { return About(*request, scheduler_->ReportPolicy(*request)); });
}

grpc::Status WorkersService::FinishTrial(grpc::ServerContext*,
                                         const v1::FinishTrialRequest* request,
                                         v1::FinishTrialResponse*) {
  return Handle(
      [&] { return TryAgainWhenFull(About(*request, scheduler_->FinishTrial(*request))); });
}

}  // namespace vagram
