#ifndef CORE_RPC_HANDLER_H_
#define CORE_RPC_HANDLER_H_

#include <grpcpp/support/status.h>

#include <exception>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace vagram {

// `status` as the answer of a call; INTERNAL and UNKNOWN, which are faults of ours, are logged.
grpc::Status FinishCall(const absl::Status& status);

// Runs the body of a service method, `absl::Status()`, and turns what comes out, an exception
// included, into the call's answer:
//   grpc::Status Get(grpc::ServerContext*, const GetRequest* in, GetResponse* out) override {
//     return Handle([&]() -> absl::Status {
//       ASSIGN_OR_RETURN(*out, domain_.Get(in->id()));
//       return absl::OkStatus();
//     });
//   }
template <typename F>
grpc::Status Handle(F&& body) {
  try {
    return FinishCall(std::forward<F>(body)());
  } catch (const std::exception& e) {
    return FinishCall(absl::InternalError(absl::StrCat("unexpected exception: ", e.what())));
  } catch (...) {
    return FinishCall(absl::InternalError("unexpected exception of an unknown type"));
  }
}

}  // namespace vagram

#endif  // CORE_RPC_HANDLER_H_
