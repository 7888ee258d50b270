#ifndef CORE_RPC_CALL_OBSERVER_H_
#define CORE_RPC_CALL_OBSERVER_H_

#include <grpcpp/support/server_interceptor.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace vagram {

// Learns of every call that a server has answered. Calls without the token never reach it.
class CallObserver {
 public:
  virtual ~CallObserver() = default;

  // A call has been answered with `code`, `duration` after its request was there. Methods that the
  // server does not have come under one made-up name. Called on many threads; must not block.
  virtual void OnAnswer(absl::string_view method,  // such as /vagram.v1.Workers/Register
                        bool unary, absl::StatusCode code, absl::Duration duration) = 0;
};

// Tells `observer`, which must outlive the server.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeObservingInterceptors(
    CallObserver* observer);

}  // namespace vagram

#endif  // CORE_RPC_CALL_OBSERVER_H_
