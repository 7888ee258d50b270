#ifndef CORE_RPC_STATUS_H_
#define CORE_RPC_STATUS_H_

#include <grpcpp/support/status.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vagram {

// The project's one mapping between absl::Status and grpc::Status. The codes are the same numbers;
// payloads travel as google.rpc.Status details, so that the round trip loses nothing.
grpc::Status ToGrpcStatus(const absl::Status& status);
absl::Status FromGrpcStatus(const grpc::Status& status);

// One faulty field of a request.
struct FieldFault {
  std::string field;        // such as model.elites, or FILE:LINE: key for a spec
  std::string description;  // expected, got, what to do
};

// INVALID_ARGUMENT with a google.rpc.BadRequest detail that names every fault; the message joins
// them.
absl::Status InvalidFields(absl::string_view message, const std::vector<FieldFault>& faults);

// `status` with a google.rpc.ResourceInfo detail naming what it is about, such as ("trial", "3/0").
absl::Status WithResource(absl::Status status, absl::string_view type, absl::string_view name);

// The faults that InvalidFields attached; empty when there are none.
std::vector<FieldFault> FieldFaults(const absl::Status& status);

}  // namespace vagram

#endif  // CORE_RPC_STATUS_H_
