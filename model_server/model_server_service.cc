#include "model_server/model_server_service.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/kill_point.h"
#include "core/base/status_macros.h"
#include "core/rpc/handler.h"
#include "core/rpc/limits.h"
#include "core/wire/transition_codec.h"

namespace vagram {

grpc::Status ModelServerService::Train(grpc::ServerContext* context,
                                       const v1::TrainRequest* request,
                                       grpc::ServerWriter<v1::TrainProgress>* writer) {
  return Handle([&]() -> absl::Status {
    const TimeUse::Span working(time_use_, TimeUse::kWorking);
    v1::TrainProgress last;
    ASSIGN_OR_RETURN(
        *last.mutable_result(),
        model_->Train(*request, [&](const v1::TrainProgress& progress) -> absl::Status {
          RETURN_IF_ERROR(stop_->Check());
          KillPoint("model_server.training");
          if (!Send(progress, *writer)) return absl::CancelledError("caller left");
          return absl::OkStatus();
        }));
    Send(last, *writer);
    return absl::OkStatus();
  });
}

grpc::Status ModelServerService::Imagine(grpc::ServerContext* context,
                                         const v1::ImagineRequest* request,
                                         grpc::ServerWriter<v1::ImagineChunk>* writer) {
  return Handle([&]() -> absl::Status {
    const TimeUse::Span working(time_use_, TimeUse::kWorking);
    int64_t next_index = 0;
    const auto write = [&](const TransitionBatch& rows) -> absl::Status {
      const int64_t step = RowsPerChunk(rows.obs_dim, rows.act_dim);
      for (int64_t first = 0; first < rows.size; first += step) {
        RETURN_IF_ERROR(stop_->Check());
        KillPoint("model_server.imagining");
        v1::ImagineChunk chunk;
        v1::TransitionColumns& columns = *chunk.mutable_transitions();
        columns = EncodeTransitions(rows, first, std::min(first + step, rows.size));
        columns.set_writer_id("model_server");
        columns.set_first_index(next_index);
        columns.set_policy_version(request->policy().actor().version());
        next_index += columns.size();
        if (!Send(chunk, *writer)) return absl::CancelledError("caller left");
      }
      return absl::OkStatus();
    };
    v1::ImagineChunk last;
    ASSIGN_OR_RETURN(*last.mutable_result(), model_->Imagine(*request, write));
    Send(last, *writer);
    return absl::OkStatus();
  });
}

grpc::Status ModelServerService::GetModel(grpc::ServerContext* context,
                                          const v1::GetModelRequest* request,
                                          v1::GetModelResponse* response) {
  return Handle([&]() -> absl::Status {
    const TimeUse::Span working(time_use_, TimeUse::kWorking);
    ASSIGN_OR_RETURN(*response, model_->GetModel(*request));
    return absl::OkStatus();
  });
}

grpc::Status ModelServerService::Predict(grpc::ServerContext* context,
                                         const v1::PredictRequest* request,
                                         v1::PredictResponse* response) {
  return Handle([&]() -> absl::Status {
    const TimeUse::Span working(time_use_, TimeUse::kWorking);
    ASSIGN_OR_RETURN(*response, model_->Predict(*request));
    return absl::OkStatus();
  });
}

grpc::Status ModelServerService::SaveState(grpc::ServerContext* context,
                                           const v1::SaveStateRequest* request,
                                           grpc::ServerWriter<v1::StateChunk>* writer) {
  return Handle([&]() -> absl::Status {
    const TimeUse::Span working(time_use_, TimeUse::kWorking);
    const std::string state = model_->SaveState().SerializeAsString();
    v1::StateChunk chunk;
    for (size_t begin = 0; begin < state.size(); begin += kStateChunkBytes) {
      RETURN_IF_ERROR(stop_->Check());
      chunk.set_data(state.substr(begin, kStateChunkBytes));
      if (!Send(chunk, *writer)) return absl::CancelledError("caller left");
    }
    return absl::OkStatus();
  });
}

grpc::Status ModelServerService::RestoreState(grpc::ServerContext* context,
                                              grpc::ServerReader<v1::StateChunk>* reader,
                                              v1::RestoreStateResponse* response) {
  return Handle([&]() -> absl::Status {
    const TimeUse::Span working(time_use_, TimeUse::kWorking);
    std::string bytes;
    v1::StateChunk chunk;
    while (reader->Read(&chunk)) {
      if (bytes.size() + chunk.data().size() > kMaxStateBytes) {
        return absl::InvalidArgumentError(
            absl::StrCat("the state has more than ", kMaxStateBytes, " bytes"));
      }
      bytes += chunk.data();
    }
    v1::ModelServerState state;
    if (!state.ParseFromString(bytes)) {
      return absl::InvalidArgumentError(
          absl::StrCat("the ", bytes.size(), " bytes sent are no state of a model server"));
    }
    RETURN_IF_ERROR(model_->RestoreState(state));
    response->set_model_version(state.version());
    return absl::OkStatus();
  });
}

}  // namespace vagram
