#include "learner/actor_line.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"

namespace vagram {

bool ActorLine::Call(int64_t stream, const Exchange& exchange, v1::CollectCommand command,
                     const v1::PolicySnapshot* policy, v1::CollectReply* reply) {
  const auto answered = [&](v1::CollectCommand& sent) {
    sent.set_sequence(++sequence_);
    return exchange(sent, reply) && reply->sequence() == sent.sequence();
  };
  if (stream != prepared_stream_) {
    prepared_stream_ = -1;
    sent_policy_version_ = -1;
    if (has_env_) {
      v1::CollectCommand restore;
      *restore.mutable_restore() = env_;
      if (!answered(restore)) return false;
      LOG(INFO) << "actor restored total_steps=" << env_.total_steps();
    }
    prepared_stream_ = stream;
  }
  if (policy != nullptr && policy->actor().version() != sent_policy_version_) {
    *(command.has_step() ? command.mutable_step()->mutable_policy()
                         : command.mutable_evaluate()->mutable_policy()) = *policy;
  }
  if (!answered(command)) {
    prepared_stream_ = -1;
    return false;
  }
  if (policy != nullptr) sent_policy_version_ = policy->actor().version();
  return true;
}

absl::Status ActorLine::Accept(int64_t num_steps, const v1::CollectReply& reply) {
  const v1::TransitionColumns& transitions = reply.step().transitions();
  if (!reply.has_step() || transitions.size() != num_steps ||
      transitions.first_index() != next_index_) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the actor answered a command for ", num_steps, " steps from index ", next_index_, " with ",
        transitions.size(), " steps from index ", transitions.first_index()));
  }
  next_index_ += num_steps;
  env_ = reply.step().state();
  has_env_ = true;
  return absl::OkStatus();
}

v1::ActorState ActorLine::SaveState() const {
  v1::ActorState state;
  if (has_env_) *state.mutable_env() = env_;
  state.set_next_index(next_index_);
  return state;
}

void ActorLine::RestoreState(const v1::ActorState& state) {
  prepared_stream_ = -1;
  has_env_ = state.has_env();
  env_ = state.env();
  next_index_ = state.next_index();
}

}  // namespace vagram
