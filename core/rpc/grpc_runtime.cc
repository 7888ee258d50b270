#include "core/rpc/grpc_runtime.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>

#include <cstdlib>

#include "core/base/logging.h"

namespace vagram {

void PrepareGrpc() {
  static const bool once = [] {
    gpr_set_log_function(
        +[](gpr_log_func_args* args) { VLOG(1) << "grpc message=\"" << args->message << "\""; });
    grpc_init();  // counts users; this one never leaves
    return true;
  }();
  static_cast<void>(once);
}

void PreferLatency() { setenv("GRPC_POLL_STRATEGY", "poll", /*overwrite=*/0); }

}  // namespace vagram
