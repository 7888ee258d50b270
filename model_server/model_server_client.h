#ifndef MODEL_SERVER_MODEL_SERVER_CLIENT_H_
#define MODEL_SERVER_MODEL_SERVER_CLIENT_H_

#include <functional>
#include <memory>

#include "core/base/stop.h"
#include "core/rpc/channel.h"
#include "model_server/dynamics.h"
#include "proto/model_server.grpc.pb.h"

namespace vagram {

// The model server over RPC. Thread-safe. Calls are not retried: a server that went away took the
// model with it, and the trial is restarted.
class ModelServerClient : public Dynamics {
 public:
  ModelServerClient(Endpoint model_server, int obs_dim, int act_dim, Stop* stop);

  absl::StatusOr<v1::TrainResult> Train(
      const v1::TrainRequest& request,
      const std::function<absl::Status(const v1::TrainProgress&)>& progress) override;
  absl::StatusOr<v1::ImagineResult> Imagine(
      const v1::ImagineRequest& request,
      const std::function<absl::Status(const TransitionBatch&)>& append) override;
  absl::StatusOr<v1::GetModelResponse> GetModel(const v1::GetModelRequest& request) override;
  absl::StatusOr<std::string> SaveState() override;
  absl::Status RestoreState(absl::string_view state) override;

 private:
  const Endpoint model_server_;
  const int obs_dim_;
  const int act_dim_;
  Stop* const stop_;
  const std::unique_ptr<v1::ModelServer::Stub> stub_;
};

}  // namespace vagram

#endif  // MODEL_SERVER_MODEL_SERVER_CLIENT_H_
