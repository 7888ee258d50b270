#ifndef MODEL_SERVER_MODEL_SERVER_SERVICE_H_
#define MODEL_SERVER_MODEL_SERVER_SERVICE_H_

#include "core/base/stop.h"
#include "core/base/time_use.h"
#include "model_server/world_model.h"
#include "proto/model_server.grpc.pb.h"

namespace vagram {

// The ModelServer service: converts, delegates to the world model, maps statuses. Thread-safe.
class ModelServerService : public v1::ModelServer::Service {
 public:
  // Not owned; `time_use` may be null.
  ModelServerService(WorldModel* model, const Stop* stop, TimeUse* time_use)
      : model_(model), stop_(stop), time_use_(time_use) {}

  grpc::Status Train(grpc::ServerContext* context, const v1::TrainRequest* request,
                     grpc::ServerWriter<v1::TrainProgress>* writer) override;
  grpc::Status Imagine(grpc::ServerContext* context, const v1::ImagineRequest* request,
                       grpc::ServerWriter<v1::ImagineChunk>* writer) override;
  grpc::Status GetModel(grpc::ServerContext* context, const v1::GetModelRequest* request,
                        v1::GetModelResponse* response) override;
  grpc::Status Predict(grpc::ServerContext* context, const v1::PredictRequest* request,
                       v1::PredictResponse* response) override;
  grpc::Status SaveState(grpc::ServerContext* context, const v1::SaveStateRequest* request,
                         grpc::ServerWriter<v1::StateChunk>* writer) override;
  grpc::Status RestoreState(grpc::ServerContext* context,
                            grpc::ServerReader<v1::StateChunk>* reader,
                            v1::RestoreStateResponse* response) override;

 private:
  // False: the caller left.
  template <typename Message>
  bool Send(const Message& message, grpc::ServerWriter<Message>& writer) {
    const TimeUse::Span blocked(time_use_, TimeUse::kBlocked);
    return writer.Write(message);
  }

  WorldModel* const model_;
  const Stop* const stop_;
  TimeUse* const time_use_;
};

}  // namespace vagram

#endif  // MODEL_SERVER_MODEL_SERVER_SERVICE_H_
