#include "learner/actor_fleet.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"

namespace vagram {

ActorFleet::ActorFleet(Options options, Clock* clock, Stop* stop, Stop* leave)
    : options_(std::move(options)),
      clock_(clock),
      members_(options_.actors),
      alone_since_(clock->Now()) {
  on_stop_ = stop->OnTrip([this] { Close(); });
  on_leave_ = leave->OnTrip([this] {
    absl::MutexLock lock(&mu_);
    leaving_ = true;
  });
}

ActorFleet::~ActorFleet() {
  on_stop_.reset();
  on_leave_.reset();
  Close();
  // Handlers that are still in Serve hold a pointer to this fleet.
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(
      +[](int* serving) { return *serving == 0; }, &serving_));
}

void ActorFleet::Close() {
  absl::MutexLock lock(&mu_);
  closed_ = true;
  for (Member& member : members_) {
    if (member.busy) member.stream->Cancel();
  }
}

absl::Status ActorFleet::Serve(int actor_index, CollectStream& stream) {
  absl::MutexLock lock(&mu_);
  if (actor_index < 0 || actor_index >= options_.actors) {
    return absl::InvalidArgumentError(absl::StrCat("trial ", options_.trial_id, " has ",
                                                   options_.actors, " actors, this one has index ",
                                                   actor_index));
  }
  ++serving_;
  const absl::Status status = ServeLocked(members_[actor_index], stream);
  --serving_;
  return status;
}

absl::Status ActorFleet::ServeLocked(Member& member, CollectStream& stream) {
  const int64_t number = ++member.streams;
  // The one before is dead, or its end would not have been connected again.
  if (member.stream != nullptr) member.stream->Cancel();
  auto free = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return closed_ || number != member.streams || member.stream == nullptr;
  };
  mu_.Await(absl::Condition(&free));
  if (closed_) return absl::OkStatus();
  if (number != member.streams) {
    return absl::UnavailableError("a newer stream of this actor has come");
  }
  member.stream = &stream;
  ++connected_;
  bool whole = true;
  while (whole) {
    auto wanted = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return closed_ || number != member.streams || MayEvaluate() || MayStep();
    };
    mu_.Await(absl::Condition(&wanted));
    if (closed_ || number != member.streams) break;
    whole = MayEvaluate() ? PlayEvaluation(member, number, stream) : Step(member, number, stream);
  }
  member.stream = nullptr;
  if (--connected_ == 0) alone_since_ = clock_->Now();
  if (closed_) return absl::OkStatus();
  return absl::UnavailableError(whole ? "a newer stream of this actor has come"
                                      : "the stream broke; connect again to be restored");
}

bool ActorFleet::Step(Member& member, int64_t number, CollectStream& stream) {
  const std::shared_ptr<const v1::PolicySnapshot> policy = policy_;
  const int64_t steps = std::min(options_.steps_per_command, allowed_ - outstanding_);
  outstanding_ += steps;
  v1::CollectCommand command;
  command.mutable_step()->set_num_steps(steps);
  command.mutable_step()->set_uniform_actions(policy == nullptr);
  if (policy != nullptr) command.mutable_step()->set_policy_version(policy->actor().version());
  v1::CollectReply reply;
  if (!Call(member, number, stream, command, policy.get(), &reply)) {
    outstanding_ -= steps;
    return false;
  }
  if (const absl::Status fits = member.line.Accept(steps, reply); !fits.ok()) {
    error_.Update(fits);
    outstanding_ -= steps;
    return false;
  }
  arrivals_.push_back({std::move(*reply.mutable_step()), policy == nullptr});
  return true;
}

bool ActorFleet::PlayEvaluation(Member& member, int64_t number, CollectStream& stream) {
  const std::shared_ptr<Evaluation> evaluation = evaluation_;
  evaluation->taken = true;
  v1::CollectReply reply;
  const bool answered =
      Call(member, number, stream, evaluation->command, evaluation->policy.get(), &reply);
  if (answered && reply.has_evaluate()) {
    evaluation->reply = std::move(*reply.mutable_evaluate());
  } else {
    evaluation->taken = false;  // another one may
  }
  return answered && reply.has_evaluate();
}

bool ActorFleet::Call(Member& member, int64_t number, CollectStream& stream,
                      const v1::CollectCommand& command, const v1::PolicySnapshot* policy,
                      v1::CollectReply* reply) {
  member.busy = true;
  ++busy_;
  mu_.Unlock();
  const auto exchange = [&stream](const v1::CollectCommand& sent, v1::CollectReply* answer) {
    return stream.Write(sent) && stream.Read(answer);
  };
  const bool answered = member.line.Call(number, exchange, command, policy, reply);
  mu_.Lock();
  member.busy = false;
  --busy_;
  LOG_IF(WARNING, !answered && !closed_) << "actor stream broke, the other actors go on";
  return answered;
}

void ActorFleet::SetPolicy(std::shared_ptr<const v1::PolicySnapshot> policy) {
  absl::MutexLock lock(&mu_);
  policy_ = std::move(policy);
}

void ActorFleet::Allow(int64_t steps) {
  absl::MutexLock lock(&mu_);
  resting_ = false;
  allowed_ = steps;
}

absl::Status ActorFleet::CheckPresence() const {
  if (closed_) return absl::CancelledError("the actors' streams are closed");
  RETURN_IF_ERROR(error_);
  if (connected_ > 0) return absl::OkStatus();
  if (leaving_) return absl::CancelledError("told to leave, and all actors are gone");
  const absl::Duration alone = clock_->Now() - alone_since_;
  if (alone < options_.reconnect_timeout) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("no actor of trial ", options_.trial_id,
                                             " has been connected for ",
                                             absl::FormatDuration(options_.reconnect_timeout)));
}

absl::StatusOr<std::vector<AheadCollector::Arrival>> ActorFleet::Take(absl::Duration max_wait) {
  absl::MutexLock lock(&mu_);
  auto something = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return closed_ || !arrivals_.empty() || !error_.ok() || (leaving_ && connected_ == 0);
  };
  mu_.AwaitWithTimeout(absl::Condition(&something), max_wait);
  if (arrivals_.empty() || closed_) RETURN_IF_ERROR(CheckPresence());
  std::vector<Arrival> taken = std::move(arrivals_);
  arrivals_.clear();
  int64_t steps = 0;
  for (const Arrival& arrival : taken) steps += arrival.reply.transitions().size();
  outstanding_ -= steps;
  allowed_ -= steps;
  return taken;
}

absl::Status ActorFleet::Rest() {
  absl::MutexLock lock(&mu_);
  resting_ = true;
  auto idle = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return closed_ || busy_ == 0; };
  mu_.Await(absl::Condition(&idle));
  return closed_ ? absl::CancelledError("the actors' streams are closed") : absl::OkStatus();
}

absl::StatusOr<v1::EvaluateReply> ActorFleet::Evaluate(int num_episodes, uint64_t seed,
                                                       const v1::PolicySnapshot& policy) {
  const auto evaluation = std::make_shared<Evaluation>();
  evaluation->policy = std::make_shared<const v1::PolicySnapshot>(policy);
  v1::EvaluateCommand* const command = evaluation->command.mutable_evaluate();
  command->set_num_episodes(num_episodes);
  command->set_seed(seed);
  command->set_policy_version(policy.actor().version());

  absl::MutexLock lock(&mu_);
  evaluation_ = evaluation;
  absl::Status present;
  while (!evaluation->reply.has_value() && present.ok()) {
    auto something = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return closed_ || !error_.ok() || evaluation->reply.has_value() ||
             (leaving_ && connected_ == 0);
    };
    mu_.AwaitWithTimeout(absl::Condition(&something), absl::Seconds(1));
    present = CheckPresence();
  }
  evaluation_ = nullptr;
  if (!evaluation->reply.has_value()) return present;
  if (evaluation->reply->returns_size() != num_episodes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the actor answered ", evaluation->reply->returns_size(),
                     " evaluation episodes, asked for ", num_episodes));
  }
  return *std::move(evaluation->reply);
}

v1::ActorStates ActorFleet::SaveState() const {
  absl::MutexLock lock(&mu_);
  CHECK_EQ(busy_, 0) << "the actors' states while one is at work";
  v1::ActorStates states;
  for (const Member& member : members_) *states.add_actors() = member.line.SaveState();
  return states;
}

absl::Status ActorFleet::RestoreState(const v1::ActorStates& states) {
  absl::MutexLock lock(&mu_);
  CHECK_EQ(busy_, 0) << "restored while an actor is at work";
  if (states.actors_size() != options_.actors) {
    return absl::InvalidArgumentError(
        absl::StrCat("the state of ", states.actors_size(), " actors, expected ", options_.actors));
  }
  for (int i = 0; i < options_.actors; ++i) members_[i].line.RestoreState(states.actors(i));
  return absl::OkStatus();
}

}  // namespace vagram
