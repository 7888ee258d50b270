#include "learner/actor_pool.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"

namespace vagram {

ActorPool::ActorPool(std::string trial_id, absl::Duration reconnect_timeout, Stop* stop,
                     Stop* leave)
    : trial_id_(std::move(trial_id)), reconnect_timeout_(reconnect_timeout) {
  on_stop_ = stop->OnTrip([this] { Close(); });
  on_leave_ = leave->OnTrip([this] {
    absl::MutexLock lock(&mu_);
    leaving_ = true;
  });
}

ActorPool::~ActorPool() {
  on_stop_.reset();
  on_leave_.reset();
  Close();
  // Handlers that are still in Serve hold a pointer to this pool.
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(
      +[](int* serving) { return *serving == 0; }, &serving_));
}

absl::Status ActorPool::Serve(int actor_index, CollectStream& stream) {
  if (actor_index != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("trial ", trial_id_, " has one actor, this one has index ", actor_index));
  }
  absl::MutexLock lock(&mu_);
  ++serving_;
  const absl::Status status = ServeLocked(stream);
  --serving_;
  return status;
}

absl::Status ActorPool::ServeLocked(CollectStream& stream) {
  const int64_t number = ++streams_;
  // The one before is dead, or its end would not have been connected again.
  if (stream_ != nullptr) stream_->Cancel();
  auto mine = [this, number]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return closed_ || number != streams_ || (stream_ == nullptr && !exchanging_);
  };
  mu_.Await(absl::Condition(&mine));
  if (closed_) return absl::OkStatus();
  if (number != streams_) return absl::UnavailableError("a newer stream of this actor has come");
  stream_ = &stream;
  auto over = [this, &stream, number]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return closed_ || stream_ != &stream || number != streams_;
  };
  mu_.Await(absl::Condition(&over));
  if (stream_ != &stream) return absl::UnavailableError("the stream broke; connect again");
  auto let_go = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !exchanging_; };
  mu_.Await(absl::Condition(&let_go));
  if (stream_ == &stream) stream_ = nullptr;
  return closed_ ? absl::OkStatus()
                 : absl::UnavailableError("a newer stream of this actor has come");
}

void ActorPool::Close() {
  absl::MutexLock lock(&mu_);
  closed_ = true;
  // A command that waits for its answer is cut short; an idle actor is told that all is well.
  if (exchanging_ && stream_ != nullptr) stream_->Cancel();
}

absl::StatusOr<ActorPool::Lent> ActorPool::AwaitStream() {
  absl::MutexLock lock(&mu_);
  auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return closed_ || stream_ != nullptr || leaving_;
  };
  if (!mu_.AwaitWithTimeout(absl::Condition(&ready), reconnect_timeout_)) {
    return absl::UnavailableError(absl::StrCat("no actor of trial ", trial_id_,
                                               " connected within ",
                                               absl::FormatDuration(reconnect_timeout_)));
  }
  if (closed_) return absl::CancelledError("the actor pool is closed");
  if (stream_ == nullptr) return absl::CancelledError("told to leave, and the actor is gone");
  return Lent{stream_, streams_};
}

void ActorPool::Break(const Lent& lent) {
  absl::MutexLock lock(&mu_);
  if (stream_ == lent.stream && streams_ == lent.number && !closed_) {
    lent.stream->Cancel();
    stream_ = nullptr;
  }
}

bool ActorPool::Exchange(const Lent& lent, const v1::CollectCommand& command,
                         v1::CollectReply* reply) {
  {
    absl::MutexLock lock(&mu_);
    if (closed_ || stream_ != lent.stream || streams_ != lent.number) return false;
    exchanging_ = true;
  }
  const bool answered = lent.stream->Write(command) && lent.stream->Read(reply);
  absl::MutexLock lock(&mu_);
  exchanging_ = false;
  return answered;
}

absl::StatusOr<v1::CollectReply> ActorPool::Call(const v1::CollectCommand& command,
                                                 const v1::PolicySnapshot* policy) {
  while (true) {
    ASSIGN_OR_RETURN(const Lent lent, AwaitStream());
    v1::CollectReply reply;
    const auto exchange = [&](const v1::CollectCommand& sent, v1::CollectReply* answer) {
      return Exchange(lent, sent, answer);
    };
    if (line_.Call(lent.number, exchange, command, policy, &reply)) return reply;
    LOG(WARNING) << "actor stream broke, waiting for the actor to come back";
    Break(lent);
  }
}

absl::StatusOr<v1::StepReply> ActorPool::Step(int64_t num_steps, const v1::PolicySnapshot* policy) {
  v1::CollectCommand command;
  v1::StepCommand* step = command.mutable_step();
  step->set_num_steps(num_steps);
  step->set_uniform_actions(policy == nullptr);
  if (policy != nullptr) step->set_policy_version(policy->actor().version());
  ASSIGN_OR_RETURN(v1::CollectReply reply, Call(command, policy));
  RETURN_IF_ERROR(line_.Accept(num_steps, reply));
  return std::move(*reply.mutable_step());
}

absl::StatusOr<v1::EvaluateReply> ActorPool::Evaluate(int num_episodes, uint64_t seed,
                                                      const v1::PolicySnapshot& policy) {
  v1::CollectCommand command;
  v1::EvaluateCommand* evaluate = command.mutable_evaluate();
  evaluate->set_num_episodes(num_episodes);
  evaluate->set_seed(seed);
  evaluate->set_policy_version(policy.actor().version());
  ASSIGN_OR_RETURN(v1::CollectReply reply, Call(command, &policy));
  if (!reply.has_evaluate() || reply.evaluate().returns_size() != num_episodes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the actor answered ", reply.evaluate().returns_size(),
                     " evaluation episodes, asked for ", num_episodes));
  }
  return std::move(*reply.mutable_evaluate());
}

v1::ActorStates ActorPool::SaveState() const {
  v1::ActorStates states;
  *states.add_actors() = line_.SaveState();
  return states;
}

absl::Status ActorPool::RestoreState(const v1::ActorStates& states) {
  if (states.actors_size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("the state of ", states.actors_size(), " actors, expected one"));
  }
  line_.RestoreState(states.actors(0));
  return absl::OkStatus();
}

}  // namespace vagram
