#include "learner/actor_pool.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"

namespace vagram {

ActorPool::ActorPool(std::string trial_id, absl::Duration reconnect_timeout, Stop* stop)
    : trial_id_(std::move(trial_id)), reconnect_timeout_(reconnect_timeout), stop_(stop) {
  on_stop_ = stop_->OnTrip([this] { Close(); });
}

ActorPool::~ActorPool() {
  on_stop_.reset();
  Close();
  // Handlers that are still in Serve hold a pointer to this pool.
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(
      +[](CollectStream** stream) { return *stream == nullptr; }, &stream_));
}

absl::Status ActorPool::Serve(CollectStream& stream) {
  absl::MutexLock lock(&mu_);
  if (closed_) return absl::OkStatus();
  if (stream_ != nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("trial ", trial_id_, " has an actor already; this one is not needed"));
  }
  stream_ = &stream;
  auto done = [this, &stream]()
                  ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return closed_ || stream_ != &stream; };
  mu_.Await(absl::Condition(&done));
  if (closed_ && stream_ == &stream) {
    auto let_go = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !exchanging_; };
    mu_.Await(absl::Condition(&let_go));
    stream_ = nullptr;
    return absl::OkStatus();
  }
  return absl::UnavailableError("the stream broke; connect again to be restored");
}

void ActorPool::Close() {
  absl::MutexLock lock(&mu_);
  closed_ = true;
  // A command that waits for its answer is cut short; an idle actor is told that all is well.
  if (exchanging_) stream_->Cancel();
}

absl::StatusOr<CollectStream*> ActorPool::AwaitStream() {
  absl::MutexLock lock(&mu_);
  auto ready = [this]()
                   ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return closed_ || stream_ != nullptr; };
  if (!mu_.AwaitWithTimeout(absl::Condition(&ready), reconnect_timeout_)) {
    return absl::UnavailableError(absl::StrCat("no actor of trial ", trial_id_,
                                               " connected within ",
                                               absl::FormatDuration(reconnect_timeout_)));
  }
  if (closed_) return absl::CancelledError("the actor pool is closed");
  return stream_;
}

void ActorPool::Break(CollectStream* stream) {
  absl::MutexLock lock(&mu_);
  prepared_stream_ = nullptr;
  if (stream_ == stream && !closed_) {
    stream->Cancel();
    stream_ = nullptr;
  }
}

bool ActorPool::Exchange(CollectStream* stream, const v1::CollectCommand& command,
                         v1::CollectReply* reply) {
  {
    absl::MutexLock lock(&mu_);
    if (closed_) return false;
    exchanging_ = true;
  }
  const bool answered = stream->Write(command) && stream->Read(reply);
  absl::MutexLock lock(&mu_);
  exchanging_ = false;
  return answered && reply->sequence() == command.sequence();
}

absl::StatusOr<v1::CollectReply> ActorPool::Call(v1::CollectCommand command,
                                                 const v1::PolicySnapshot* policy) {
  while (true) {
    ASSIGN_OR_RETURN(CollectStream * stream, AwaitStream());
    v1::CollectReply reply;
    if (stream != prepared_stream_) {
      sent_policy_version_ = -1;
      if (has_state_) {
        v1::CollectCommand restore;
        restore.set_sequence(++sequence_);
        *restore.mutable_restore() = last_state_;
        if (!Exchange(stream, restore, &reply)) {
          Break(stream);
          continue;
        }
        LOG(INFO) << "actor restored total_steps=" << last_state_.total_steps();
      }
      prepared_stream_ = stream;
    }
    v1::PolicySnapshot* slot = command.has_step() ? command.mutable_step()->mutable_policy()
                                                  : command.mutable_evaluate()->mutable_policy();
    slot->Clear();
    if (policy != nullptr && policy->actor().version() != sent_policy_version_) *slot = *policy;
    command.set_sequence(++sequence_);
    if (Exchange(stream, command, &reply)) {
      if (policy != nullptr) sent_policy_version_ = policy->actor().version();
      return reply;
    }
    LOG(WARNING) << "actor stream broke, waiting for the actor to come back";
    Break(stream);
  }
}

absl::StatusOr<v1::StepReply> ActorPool::Step(int64_t num_steps, const v1::PolicySnapshot* policy) {
  v1::CollectCommand command;
  v1::StepCommand* step = command.mutable_step();
  step->set_num_steps(num_steps);
  step->set_uniform_actions(policy == nullptr);
  if (policy != nullptr) step->set_policy_version(policy->actor().version());
  ASSIGN_OR_RETURN(v1::CollectReply reply, Call(std::move(command), policy));
  if (!reply.has_step() || reply.step().transitions().size() != num_steps ||
      reply.step().transitions().first_index() != next_index_) {
    return absl::InvalidArgumentError(
        absl::StrCat("the actor answered a command for ", num_steps, " steps from index ",
                     next_index_, " with ", reply.step().transitions().size(), " steps from index ",
                     reply.step().transitions().first_index()));
  }
  next_index_ += num_steps;
  last_state_ = reply.step().state();
  has_state_ = true;
  return std::move(*reply.mutable_step());
}

absl::StatusOr<v1::EvaluateReply> ActorPool::Evaluate(int num_episodes, uint64_t seed,
                                                      const v1::PolicySnapshot& policy) {
  v1::CollectCommand command;
  v1::EvaluateCommand* evaluate = command.mutable_evaluate();
  evaluate->set_num_episodes(num_episodes);
  evaluate->set_seed(seed);
  evaluate->set_policy_version(policy.actor().version());
  ASSIGN_OR_RETURN(v1::CollectReply reply, Call(std::move(command), &policy));
  if (!reply.has_evaluate() || reply.evaluate().returns_size() != num_episodes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the actor answered ", reply.evaluate().returns_size(),
                     " evaluation episodes, asked for ", num_episodes));
  }
  return std::move(*reply.mutable_evaluate());
}

v1::ActorState ActorPool::SaveState() const {
  v1::ActorState state;
  if (has_state_) *state.mutable_env() = last_state_;
  state.set_next_index(next_index_);
  return state;
}

void ActorPool::RestoreState(const v1::ActorState& state) {
  prepared_stream_ = nullptr;
  has_state_ = state.has_env();
  last_state_ = state.env();
  next_index_ = state.next_index();
}

}  // namespace vagram
