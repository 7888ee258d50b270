#include "model_server/model_server_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/rpc/limits.h"
#include "core/rpc/status.h"
#include "core/wire/transition_codec.h"

namespace vagram {
namespace {

// A training of the largest preset takes minutes; a server that hangs is noticed by keepalive.
constexpr absl::Duration kTrainDeadline = absl::Hours(2);
constexpr absl::Duration kImagineDeadline = absl::Minutes(30);
constexpr absl::Duration kGetModelDeadline = absl::Minutes(2);
constexpr absl::Duration kStateDeadline = absl::Minutes(5);

}  // namespace

ModelServerClient::ModelServerClient(Endpoint model_server, int obs_dim, int act_dim, Stop* stop)
    : model_server_(std::move(model_server)),
      obs_dim_(obs_dim),
      act_dim_(act_dim),
      stop_(stop),
      stub_(v1::ModelServer::NewStub(MakeChannel(model_server_))) {}

absl::StatusOr<v1::TrainResult> ModelServerClient::Train(
    const v1::TrainRequest& request,
    const std::function<absl::Status(const v1::TrainProgress&)>& progress) {
  const auto context = MakeContext(model_server_, kTrainDeadline);
  const auto on_stop = CancelOnStop(stop_, context.get());
  const auto reader = stub_->Train(context.get(), request);
  v1::TrainProgress message;
  v1::TrainResult result;
  bool has_result = false;
  absl::Status wanted;
  while (wanted.ok() && reader->Read(&message)) {
    if (message.has_result()) {
      result = message.result();
      has_result = true;
    } else {
      wanted = progress(message);
    }
  }
  if (!wanted.ok()) context->TryCancel();
  const absl::Status finished = FromGrpcStatus(reader->Finish());
  RETURN_IF_ERROR(wanted);
  RETURN_IF_ERROR(finished);
  if (!has_result) return absl::DataLossError("the model server ended a training without a result");
  return result;
}

absl::StatusOr<v1::ImagineResult> ModelServerClient::Imagine(
    const v1::ImagineRequest& request,
    const std::function<absl::Status(const TransitionBatch&)>& append) {
  const auto context = MakeContext(model_server_, kImagineDeadline);
  const auto on_stop = CancelOnStop(stop_, context.get());
  const auto reader = stub_->Imagine(context.get(), request);
  absl::Status appended;
  v1::ImagineChunk chunk;
  v1::ImagineResult result;
  bool has_result = false;
  while (appended.ok() && reader->Read(&chunk)) {
    if (chunk.has_result()) {
      result = chunk.result();
      has_result = true;
      continue;
    }
    appended = [&]() -> absl::Status {
      ASSIGN_OR_RETURN(const TransitionBatch batch,
                       DecodeTransitions(chunk.transitions(), obs_dim_, act_dim_));
      return append(batch);
    }();
  }
  if (!appended.ok()) context->TryCancel();
  const absl::Status finished = FromGrpcStatus(reader->Finish());
  RETURN_IF_ERROR(appended);
  RETURN_IF_ERROR(finished);
  if (!has_result) {
    return absl::DataLossError("the model server ended an imagination without a result");
  }
  return result;
}

absl::StatusOr<v1::GetModelResponse> ModelServerClient::GetModel(
    const v1::GetModelRequest& request) {
  const auto context = MakeContext(model_server_, kGetModelDeadline);
  const auto on_stop = CancelOnStop(stop_, context.get());
  v1::GetModelResponse response;
  RETURN_IF_ERROR(FromGrpcStatus(stub_->GetModel(context.get(), request, &response)));
  return response;
}

absl::StatusOr<std::string> ModelServerClient::SaveState() {
  const auto context = MakeContext(model_server_, kStateDeadline);
  const auto on_stop = CancelOnStop(stop_, context.get());
  const auto reader = stub_->SaveState(context.get(), v1::SaveStateRequest());
  std::string state;
  v1::StateChunk chunk;
  bool fits = true;
  while (fits && reader->Read(&chunk)) {
    fits = state.size() + chunk.data().size() <= kMaxStateBytes;
    if (fits) state += chunk.data();
  }
  if (!fits) context->TryCancel();
  const absl::Status finished = FromGrpcStatus(reader->Finish());
  if (!fits) {
    return absl::InvalidArgumentError(absl::StrCat("the model server's state has more than ",
                                                   kMaxStateBytes,
                                                   " bytes; a smaller model, or "
                                                   "checkpoint.every_epochs: 0, is needed"));
  }
  RETURN_IF_ERROR(finished);
  return state;
}

absl::Status ModelServerClient::RestoreState(absl::string_view state) {
  const auto context = MakeContext(model_server_, kStateDeadline);
  const auto on_stop = CancelOnStop(stop_, context.get());
  v1::RestoreStateResponse response;
  const auto writer = stub_->RestoreState(context.get(), &response);
  v1::StateChunk chunk;
  for (size_t begin = 0; begin < state.size(); begin += kStateChunkBytes) {
    const absl::string_view data = state.substr(begin, kStateChunkBytes);
    chunk.set_data(data.data(), data.size());
    if (!writer->Write(chunk)) break;  // Finish tells why
  }
  writer->WritesDone();
  return FromGrpcStatus(writer->Finish());
}

}  // namespace vagram
