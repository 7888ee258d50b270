#include "core/rpc/handler.h"

#include "core/base/logging.h"
#include "core/rpc/status.h"

namespace vagram {

grpc::Status FinishCall(const absl::Status& status) {
  if (absl::IsInternal(status) || absl::IsUnknown(status)) {
    LOG(ERROR) << "call failed: " << status;
  }
  return ToGrpcStatus(status);
}

}  // namespace vagram
