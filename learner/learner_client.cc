#include "learner/learner_client.h"

#include <ATen/Functions.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/nn/array_codec.h"
#include "core/rpc/status.h"
#include "core/wire/transition_codec.h"

namespace vagram {
namespace {

// Far beyond the time that a full replay takes; a learner that hangs is noticed by keepalive first.
constexpr absl::Duration kBulkDeadline = absl::Minutes(10);

}  // namespace

LearnerClient::LearnerClient(Endpoint learner, int obs_dim, int act_dim, Stop* stop,
                             TimeUse* time_use)
    : learner_(std::move(learner)),
      obs_dim_(obs_dim),
      act_dim_(act_dim),
      stop_(stop),
      time_use_(time_use),
      stub_(v1::Learner::NewStub(MakeChannel(learner_))) {}

absl::Status LearnerClient::ReadTransitions(
    int64_t first_index, int64_t end_index,
    const std::function<absl::Status(const TransitionBatch&)>& append) {
  v1::ReadTransitionsRequest request;
  request.set_first_index(first_index);
  request.set_end_index(end_index);
  const TimeUse::Span starved(time_use_, TimeUse::kStarved);
  const auto context = MakeContext(learner_, kBulkDeadline);
  const auto on_stop = CancelOnStop(stop_, context.get());
  const auto reader = stub_->ReadTransitions(context.get(), request);
  absl::Status appended;
  int64_t next_index = first_index;
  v1::TransitionColumns columns;
  while (appended.ok() && reader->Read(&columns)) {
    appended = [&]() -> absl::Status {
      if (columns.first_index() != next_index) {
        return absl::DataLossError(absl::StrCat("the learner sent transitions from index ",
                                                columns.first_index(), ", expected ", next_index));
      }
      ASSIGN_OR_RETURN(const TransitionBatch batch, DecodeTransitions(columns, obs_dim_, act_dim_));
      next_index += batch.size;
      return append(batch);
    }();
  }
  if (!appended.ok()) context->TryCancel();
  const absl::Status finished = FromGrpcStatus(reader->Finish());
  RETURN_IF_ERROR(appended);
  RETURN_IF_ERROR(finished);
  if (next_index != end_index) {
    return absl::DataLossError(absl::StrCat("the learner sent transitions up to index ", next_index,
                                            ", asked for ", end_index));
  }
  return absl::OkStatus();
}

absl::StatusOr<at::Tensor> LearnerClient::ValueGradients(int64_t first_index, int64_t end_index,
                                                         int64_t critic_version,
                                                         const ValueGradientOptions& options) {
  v1::ValueGradientsRequest request;
  request.set_first_index(first_index);
  request.set_end_index(end_index);
  request.set_critic_version(critic_version);
  request.set_value_functions(options.value_functions);
  request.set_value_action(options.value_action);
  request.set_action_seed(options.action_seed);
  request.set_through_policy(options.through_policy);
  const TimeUse::Span starved(time_use_, TimeUse::kStarved);
  const auto context = MakeContext(learner_, kBulkDeadline);
  const auto on_stop = CancelOnStop(stop_, context.get());
  const auto reader = stub_->ValueGradients(context.get(), request);
  const int64_t rows = end_index - first_index;
  at::Tensor gradients;  // allocated with the first chunk, which tells how many value functions
  int64_t next_row = 0;
  absl::Status copied;
  v1::ValueGradientsChunk chunk;
  while (copied.ok() && reader->Read(&chunk)) {
    copied = [&]() -> absl::Status {
      ASSIGN_OR_RETURN(const at::Tensor part, TensorFromArray(chunk.gradients(), v1::FLOAT32,
                                                              {-1, -1, obs_dim_}, "gradients"));
      if (!gradients.defined()) {
        if (part.size(0) > 64) {
          return absl::InvalidArgumentError(
              absl::StrCat("gradients of ", part.size(0), " value functions"));
        }
        gradients = at::empty({part.size(0), rows, obs_dim_}, at::TensorOptions(at::kFloat));
      }
      if (chunk.critic_version() != critic_version || part.size(0) != gradients.size(0) ||
          chunk.first_index() != first_index + next_row || next_row + part.size(1) > rows) {
        return absl::DataLossError(absl::StrCat("the learner sent value gradients of critics ",
                                                chunk.critic_version(), " from index ",
                                                chunk.first_index(), ", expected critics ",
                                                critic_version, " from ", first_index + next_row));
      }
      gradients.narrow(1, next_row, part.size(1)).copy_(part);
      next_row += part.size(1);
      return absl::OkStatus();
    }();
  }
  if (!copied.ok()) context->TryCancel();
  const absl::Status finished = FromGrpcStatus(reader->Finish());
  RETURN_IF_ERROR(copied);
  RETURN_IF_ERROR(finished);
  if (next_row != rows) {
    return absl::DataLossError(absl::StrCat("the learner sent value gradients of ", next_row,
                                            " transitions, asked for ", rows));
  }
  return gradients;
}

absl::StatusOr<CriticNetworks> LearnerClient::GetCritics(int64_t critic_version,
                                                         const std::string& value_functions) {
  v1::GetCriticsRequest request;
  request.set_critic_version(critic_version);
  request.set_value_functions(value_functions);
  const TimeUse::Span starved(time_use_, TimeUse::kStarved);
  const auto context = MakeContext(learner_, kBulkDeadline);
  const auto on_stop = CancelOnStop(stop_, context.get());
  v1::GetCriticsResponse response;
  RETURN_IF_ERROR(FromGrpcStatus(stub_->GetCritics(context.get(), request, &response)));
  if (response.critic_version() != critic_version) {
    return absl::DataLossError(absl::StrCat("the learner sent critics ", response.critic_version(),
                                            ", asked for ", critic_version));
  }
  CriticNetworks networks;
  networks.version = critic_version;
  networks.temperature = response.temperature();
  ASSIGN_OR_RETURN(networks.actor, TensorFromArray(response.actor(), v1::FLOAT32, {-1}, "actor"));
  for (const v1::Array& stack : response.critics()) {
    ASSIGN_OR_RETURN(at::Tensor critics, TensorFromArray(stack, v1::FLOAT32, {-1}, "critics"));
    networks.critics.push_back(std::move(critics));
  }
  return networks;
}

}  // namespace vagram
