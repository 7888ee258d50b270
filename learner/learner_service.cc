#include "learner/learner_service.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/nn/array_codec.h"
#include "core/nn/policy_action.h"
#include "core/rpc/handler.h"
#include "core/rpc/limits.h"
#include "core/wire/transition_codec.h"

namespace vagram {
namespace {

class GrpcCollectStream : public CollectStream {
 public:
  GrpcCollectStream(grpc::ServerContext* context,
                    grpc::ServerReaderWriter<v1::CollectCommand, v1::CollectReply>* stream)
      : context_(context), stream_(stream) {}

  bool Write(const v1::CollectCommand& command) override { return stream_->Write(command); }
  bool Read(v1::CollectReply* reply) override { return stream_->Read(reply); }
  void Cancel() override { context_->TryCancel(); }

 private:
  grpc::ServerContext* const context_;
  grpc::ServerReaderWriter<v1::CollectCommand, v1::CollectReply>* const stream_;
};

// Calls `send(first, end)` for consecutive chunks of [first_index, end_index).
template <typename Send>
absl::Status ForEachChunk(int64_t first_index, int64_t end_index, int64_t rows, const Stop& stop,
                          Send send) {
  if (first_index < 0 || end_index < first_index) {
    return absl::InvalidArgumentError(absl::StrCat("expected 0 <= first_index <= end_index, got ",
                                                   first_index, " and ", end_index));
  }
  for (int64_t first = first_index; first < end_index; first += rows) {
    RETURN_IF_ERROR(stop.Check());
    RETURN_IF_ERROR(send(first, std::min(first + rows, end_index)));
  }
  return absl::OkStatus();
}

constexpr int64_t kChunkFloats = (1 << 20) / sizeof(float);

}  // namespace

LearnerService::LearnerService(Options options, CollectStreamHost* actors, SnapshotBoard* board,
                               const Stop* stop)
    : options_(std::move(options)), actors_(actors), board_(board), stop_(stop) {}

absl::Status LearnerService::CheckHello(const v1::CollectReply& reply) const {
  if (!reply.has_hello()) {
    return absl::InvalidArgumentError("an actor's first message must be hello");
  }
  const v1::ActorHello& hello = reply.hello();
  if (hello.trial_id() != options_.trial_id || hello.attempt() != options_.attempt) {
    return absl::InvalidArgumentError(absl::StrCat(
        "this is trial ", options_.trial_id, " attempt ", options_.attempt,
        ", the actor belongs to trial ", hello.trial_id(), " attempt ", hello.attempt()));
  }
  if (hello.env().id() != options_.env_id || hello.env().obs_dim() != options_.sac.obs_dim ||
      hello.env().act_dim() != options_.sac.act_dim) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the trial trains on ", options_.env_id, " (", options_.sac.obs_dim, " observations, ",
        options_.sac.act_dim, " actions), the actor steps ", hello.env().id(), " (",
        hello.env().obs_dim(), ", ", hello.env().act_dim(), ")"));
  }
  return absl::OkStatus();
}

grpc::Status LearnerService::Collect(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<v1::CollectCommand, v1::CollectReply>* stream) {
  return Handle([&]() -> absl::Status {
    v1::CollectReply hello;
    if (!stream->Read(&hello)) return absl::CancelledError("the actor left without a word");
    RETURN_IF_ERROR(CheckHello(hello));
    GrpcCollectStream collect_stream(context, stream);
    return actors_->Serve(hello.hello().actor_index(), collect_stream);
  });
}

grpc::Status LearnerService::GetPolicy(grpc::ServerContext* context,
                                       const v1::GetPolicyRequest* request,
                                       v1::PolicySnapshot* response) {
  return Handle([&]() -> absl::Status {
    const std::shared_ptr<const v1::PolicySnapshot> policy = board_->policy();
    if (policy == nullptr || policy->actor().version() < request->min_version()) {
      return absl::NotFoundError(
          absl::StrCat("no policy of version ", request->min_version(), " or newer yet"));
    }
    *response = *policy;
    return absl::OkStatus();
  });
}

grpc::Status LearnerService::ReadTransitions(grpc::ServerContext* context,
                                             const v1::ReadTransitionsRequest* request,
                                             grpc::ServerWriter<v1::TransitionColumns>* writer) {
  return Handle([&]() -> absl::Status {
    const TimeUse::Span working(options_.time_use, TimeUse::kWorking);
    TransitionBatch rows(0, options_.sac.obs_dim, options_.sac.act_dim);
    return ForEachChunk(request->first_index(), request->end_index(),
                        RowsPerChunk(options_.sac.obs_dim, options_.sac.act_dim), *stop_,
                        [&](int64_t first, int64_t end) -> absl::Status {
                          RETURN_IF_ERROR(board_->Read(first, end, &rows));
                          v1::TransitionColumns columns = EncodeTransitions(rows);
                          columns.set_trial_id(options_.trial_id);
                          columns.set_writer_id("learner");
                          columns.set_first_index(first);
                          if (!writer->Write(columns))
                            return absl::CancelledError("the reader left");
                          return absl::OkStatus();
                        });
  });
}

grpc::Status LearnerService::ValueGradients(grpc::ServerContext* context,
                                            const v1::ValueGradientsRequest* request,
                                            grpc::ServerWriter<v1::ValueGradientsChunk>* writer) {
  return Handle([&]() -> absl::Status {
    const TimeUse::Span working(options_.time_use, TimeUse::kWorking);
    ASSIGN_OR_RETURN(const ValueFunctions which, ParseValueFunctions(request->value_functions()));
    ASSIGN_OR_RETURN(const std::shared_ptr<const CriticSnapshot> critics,
                     board_->PinnedCritics(request->critic_version()));
    ASSIGN_OR_RETURN(
        ValueGradientFunction value_gradients,
        ValueGradientFunction::Create(options_.sac, *critics, which, request->through_policy()));
    ASSIGN_OR_RETURN(const bool sample, SamplesValueAction(request->value_action()));
    const int64_t obs_dim = options_.sac.obs_dim;
    TransitionBatch rows(0, options_.sac.obs_dim, options_.sac.act_dim);
    return ForEachChunk(
        request->first_index(), request->end_index(),
        std::max<int64_t>(1, kChunkFloats / (value_gradients.num_value_functions() * obs_dim)),
        *stop_, [&](int64_t first, int64_t end) -> absl::Status {
          RETURN_IF_ERROR(board_->Read(first, end, &rows));
          const at::Tensor next_states = at::from_blob(
              rows.next_observation.data(), {end - first, obs_dim}, at::TensorOptions(at::kFloat));
          v1::ValueGradientsChunk chunk;
          chunk.set_first_index(first);
          chunk.set_critic_version(critics->version);
          const at::Tensor noise =
              sample ? ActionNoise(request->action_seed(), first, end - first, options_.sac.act_dim)
                     : at::Tensor();
          *chunk.mutable_gradients() = ArrayFromTensor(value_gradients(next_states, noise));
          if (!writer->Write(chunk)) return absl::CancelledError("the reader left");
          return absl::OkStatus();
        });
  });
}

grpc::Status LearnerService::GetCritics(grpc::ServerContext* context,
                                        const v1::GetCriticsRequest* request,
                                        v1::GetCriticsResponse* response) {
  return Handle([&]() -> absl::Status {
    const TimeUse::Span working(options_.time_use, TimeUse::kWorking);
    ASSIGN_OR_RETURN(const ValueFunctions which, ParseValueFunctions(request->value_functions()));
    ASSIGN_OR_RETURN(const std::shared_ptr<const CriticSnapshot> critics,
                     board_->PinnedCritics(request->critic_version()));
    std::vector<at::Tensor> stacks;
    if (which != ValueFunctions::kTargets) stacks.push_back(critics->critics);
    if (which != ValueFunctions::kCritics) stacks.push_back(critics->targets);
    uint64_t bytes = critics->actor.nbytes();
    for (const at::Tensor& stack : stacks) bytes += stack.nbytes();
    constexpr uint64_t kFraming = 1 << 10;  // far more than shapes and tags take
    if (bytes + kFraming > kMaxMessageBytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the critics and the actor take ", bytes, " bytes, a message at most ",
                       kMaxMessageBytes, "; make sac.hidden_sizes smaller"));
    }
    response->set_critic_version(critics->version);
    response->set_temperature(critics->temperature);
    *response->mutable_actor() = ArrayFromTensor(critics->actor);
    for (const at::Tensor& stack : stacks) *response->add_critics() = ArrayFromTensor(stack);
    return absl::OkStatus();
  });
}

}  // namespace vagram
