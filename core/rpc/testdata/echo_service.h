#ifndef CORE_RPC_TESTDATA_ECHO_SERVICE_H_
#define CORE_RPC_TESTDATA_ECHO_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/base/stop.h"
#include "core/rpc/handler.h"
#include "core/rpc/status.h"
#include "core/rpc/testdata/echo.grpc.pb.h"

namespace vagram {

// The Echo service. Thread-safe.
class EchoService : public testdata::Echo::Service {
 public:
  using Message = testdata::EchoMessage;

  // Held calls answer when this is tripped, and so must be before the server shuts down.
  Stop release;

  // Blocks until `n` calls are held.
  void AwaitHeld(int n) {
    absl::MutexLock lock(&mu_);
    auto reached = [this, n]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return held_ >= n; };
    mu_.Await(absl::Condition(&reached));
  }

  grpc::Status Say(grpc::ServerContext* context, const Message* in, Message* out) override {
    return Handle([&]() -> absl::Status {
      *out = *in;
      for (const auto& [key, value] : context->client_metadata()) {
        (*out->mutable_metadata())[std::string(key.data(), key.size())] =
            std::string(value.data(), value.size());
      }
      if (in->faults() == 0) return absl::OkStatus();
      return InvalidFields("as asked",
                           std::vector<FieldFault>(in->faults(), {"a.field", "is at fault"}));
    });
  }

  grpc::Status Hold(grpc::ServerContext*, const Message* in, Message* out) override {
    {
      absl::MutexLock lock(&mu_);
      ++held_;
    }
    release.Wait();
    *out = *in;
    return grpc::Status::OK;
  }

  grpc::Status Chat(grpc::ServerContext*,
                    grpc::ServerReaderWriter<Message, Message>* stream) override {
    Message message;
    while (stream->Read(&message) && stream->Write(message)) {
    }
    return grpc::Status::OK;
  }

 private:
  absl::Mutex mu_;
  int held_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace vagram

#endif  // CORE_RPC_TESTDATA_ECHO_SERVICE_H_
