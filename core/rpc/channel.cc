#include "core/rpc/channel.h"

#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/rpc/grpc_runtime.h"
#include "core/rpc/limits.h"

namespace vagram {
namespace {

bool IsTransient(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

// Jitter only has to differ between processes and threads that fail at the same moment.
Rng& JitterRng() {
  thread_local Rng rng((static_cast<uint64_t>(std::random_device{}()) << 32) ^
                       std::random_device{}());
  return rng;
}

}  // namespace

std::shared_ptr<grpc::Channel> MakeChannel(const Endpoint& endpoint) {
  PrepareGrpc();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // A peer that restarts on its old port is found again within a second. Connections are not
  // shared between channels, so that one channel's back-off is nobody else's.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  // This one also bounds how long connecting itself may take, which a busy machine stretches.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);
  // Neither a proxy named in the environment nor DNS records have a say on loopback.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  // Local credentials refuse a peer on another machine, which must not see the token.
  return grpc::CreateCustomChannel(endpoint.address,
                                   grpc::experimental::LocalCredentials(LOCAL_TCP), arguments);
}

std::unique_ptr<grpc::ClientContext> MakeContext(const Endpoint& endpoint,
                                                 absl::Duration deadline) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(absl::ToChronoTime(absl::Now() + deadline));
  context->AddMetadata("authorization", absl::StrCat("Bearer ", endpoint.token));
  return context;
}

std::shared_ptr<void> CancelOnStop(Stop* stop, grpc::ClientContext* context) {
  return stop->OnTrip([context] { context->TryCancel(); });
}

absl::Duration RetryPolicy::Backoff(int failures, Rng& rng) const {
  // 2^30 * any useful initial back-off is beyond any useful maximum.
  const absl::Duration ceiling =
      std::min(max_backoff, initial_backoff * (int64_t{1} << std::min(failures - 1, 30)));
  return ceiling * rng.Uniform();
}

absl::Status Retry(const RetryPolicy& policy, const Stop& stop,
                   const std::function<absl::Status()>& attempt) {
  const absl::Time end = absl::Now() + policy.budget;
  for (int failures = 1;; ++failures) {
    if (absl::Status running = stop.Check(); !running.ok()) return running;
    absl::Status status = attempt();
    if (!IsTransient(status)) return status;
    const absl::Duration backoff = policy.Backoff(failures, JitterRng());
    if (absl::Now() + backoff >= end) return status;
    stop.WaitFor(backoff);
  }
}

}  // namespace vagram
