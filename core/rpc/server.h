#ifndef CORE_RPC_SERVER_H_
#define CORE_RPC_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/rpc/call_observer.h"
#include "core/rpc/limits.h"

namespace vagram {

// A running gRPC server with the house rules: loopback only, every call but health and reflection
// carries the token, health service and reflection on, keepalive, bounded messages and threads.
// Thread-safe.
class RpcServer {
 public:
  struct Options {
    // HOST:PORT; port 0 picks a free one. Only loopback hosts: anything else needs TLS.
    std::string address = "127.0.0.1:0";
    // Expected as metadata `authorization: Bearer TOKEN`; calls without it get UNAUTHENTICATED.
    std::string token;
    std::vector<grpc::Service*> services;  // not owned; must outlive the server
    // Handlers that run at the same time; a call beyond them is answered RESOURCE_EXHAUSTED at
    // once. A stream or a waiting call holds its thread for as long as it lasts, so count the
    // longest-lived calls of every client and leave room for the short ones.
    int max_threads = 32;
    CallObserver* observer = nullptr;  // may be null; must outlive the server
  };

  //   INVALID_ARGUMENT: not a loopback address, or an empty token.
  //   UNAVAILABLE: the port is in use; says which and what to do.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(const Options& options);

  ~RpcServer();  // Shutdown(0)

  // HOST:PORT with the real port.
  const std::string& address() const { return address_; }

  // The health of the server and of each of its services is NOT_SERVING from now on, for probes and
  // load balancers to look elsewhere; calls are still answered. Idempotent.
  void AnnounceStop();

  // Refuses new calls at once, gives running ones `grace`, then cancels them. Handlers that wait
  // must watch a Stop of their own: gRPC does not interrupt them. Idempotent.
  void Shutdown(absl::Duration grace);

 private:
  RpcServer() = default;

  std::unique_ptr<grpc::Server> server_;  // set by Start
  std::string address_;                   // set by Start
  absl::Mutex mu_;                        // held through Shutdown, so that a second caller waits
  bool shut_down_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace vagram

#endif  // CORE_RPC_SERVER_H_
