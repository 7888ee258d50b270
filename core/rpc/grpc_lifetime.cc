#include "core/rpc/grpc_lifetime.h"

#include <grpc/grpc.h>

namespace vagram {

void KeepGrpcRunning() {
  static const bool once = [] {
    grpc_init();  // counts users; this one never leaves
    return true;
  }();
  static_cast<void>(once);
}

}  // namespace vagram
