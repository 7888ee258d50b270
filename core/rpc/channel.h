#ifndef CORE_RPC_CHANNEL_H_
#define CORE_RPC_CHANNEL_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/random.h"
#include "core/base/stop.h"

namespace vagram {

// A peer's address and the secret that opens it.
struct Endpoint {
  std::string address;  // HOST:PORT
  std::string token;
};

// A channel to a server on this machine, with keepalive (a silent peer is noticed within 20 s) and
// bounded messages. Thread-safe; connects when first used and again after every loss.
std::shared_ptr<grpc::Channel> MakeChannel(const Endpoint& endpoint);

// A context for one call: deadline and token set. Every call of the project is made with one.
std::unique_ptr<grpc::ClientContext> MakeContext(const Endpoint& endpoint, absl::Duration deadline);

// Cancels `context` when `stop` is tripped, for as long as the returned object lives, which must
// not be longer than the context.
[[nodiscard]] std::shared_ptr<void> CancelOnStop(Stop* stop, grpc::ClientContext* context);

// The project's one retry rule: exponential back-off with full jitter.
struct RetryPolicy {
  absl::Duration initial_backoff = absl::Milliseconds(50);
  absl::Duration max_backoff = absl::Seconds(2);
  absl::Duration budget = absl::Seconds(30);  // no new try after this long

  // How long to wait after so many failures in a row (1, 2, ...): uniform between zero and
  // min(max_backoff, initial_backoff * 2^(failures - 1)), so that clients that failed together do
  // not come back together.
  absl::Duration Backoff(int failures, Rng& rng) const;
};

// Calls `attempt` until it succeeds, fails with something else than UNAVAILABLE or
// DEADLINE_EXCEEDED, the budget is spent (then its last error) or `stop` is tripped (CANCELLED).
// Only for calls that are safe to repeat.
absl::Status Retry(const RetryPolicy& policy, const Stop& stop,
                   const std::function<absl::Status()>& attempt);

}  // namespace vagram

#endif  // CORE_RPC_CHANNEL_H_
