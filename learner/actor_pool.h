#ifndef LEARNER_ACTOR_POOL_H_
#define LEARNER_ACTOR_POOL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/stop.h"
#include "proto/checkpoint.pb.h"
#include "proto/learner.pb.h"

namespace vagram {

// One actor's working connection, as the learner uses it. Write and Read are called by one thread
// at a time; Cancel by any, and makes both return false.
class CollectStream {
 public:
  virtual ~CollectStream() = default;
  virtual bool Write(const v1::CollectCommand& command) = 0;
  virtual bool Read(v1::CollectReply* reply) = 0;
  virtual void Cancel() = 0;
};

// What the training loop wants of its actors.
class Collector {
 public:
  virtual ~Collector() = default;

  // Takes `num_steps` steps with `policy` (null: uniform actions) and returns the transitions.
  virtual absl::StatusOr<v1::StepReply> Step(int64_t num_steps,
                                             const v1::PolicySnapshot* policy) = 0;

  // Plays whole episodes with the policy mean.
  virtual absl::StatusOr<v1::EvaluateReply> Evaluate(int num_episodes, uint64_t seed,
                                                     const v1::PolicySnapshot& policy) = 0;

  // Where the actor's environment is, and back: the next steps go on from there.
  virtual v1::ActorState SaveState() const = 0;
  virtual void RestoreState(const v1::ActorState& state) = 0;
};

// The learner's end of the actors' streams, one command in flight per actor. The service's handler
// lends a stream with Serve and stays in it; the training loop's thread writes and reads on the
// stream itself, so that a step costs no hand-over between threads. When a stream breaks, the pool
// waits for the actor (or a new one) to come back, restores the environment from the last answer
// and repeats the command: the trial goes on as if nothing had happened.
// Serve and Close are thread-safe; the others belong to one thread.
class ActorPool : public Collector {
 public:
  // `reconnect_timeout`: how long a command waits for an actor. `stop` ends every wait.
  ActorPool(std::string trial_id, absl::Duration reconnect_timeout, Stop* stop);
  ~ActorPool() override;

  // Lends `stream` until it breaks or the pool closes.
  //   FAILED_PRECONDITION: another actor is connected.   UNAVAILABLE: the stream broke; connect
  //   again.   OK: the trial is over.
  absl::Status Serve(CollectStream& stream);

  // Ends Serve with OK and every later call. Idempotent.
  void Close();

  // UNAVAILABLE: no actor came back in time.   INVALID_ARGUMENT: the answer does not fit the
  // command.   CANCELLED: stop or Close.
  absl::StatusOr<v1::StepReply> Step(int64_t num_steps, const v1::PolicySnapshot* policy) override;
  absl::StatusOr<v1::EvaluateReply> Evaluate(int num_episodes, uint64_t seed,
                                             const v1::PolicySnapshot& policy) override;
  v1::ActorState SaveState() const override;
  void RestoreState(const v1::ActorState& state) override;

 private:
  // Sends `command` (policy added when the stream lacks its version) and returns the answer.
  absl::StatusOr<v1::CollectReply> Call(v1::CollectCommand command,
                                        const v1::PolicySnapshot* policy);
  absl::StatusOr<CollectStream*> AwaitStream();
  void Break(CollectStream* stream);
  bool Exchange(CollectStream* stream, const v1::CollectCommand& command, v1::CollectReply* reply);

  const std::string trial_id_;
  const absl::Duration reconnect_timeout_;
  Stop* const stop_;

  absl::Mutex mu_;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  CollectStream* stream_ ABSL_GUARDED_BY(mu_) = nullptr;
  bool exchanging_ ABSL_GUARDED_BY(mu_) = false;  // the caller is inside Write or Read

  // Of the calling thread alone.
  int64_t sequence_ = 0;
  CollectStream* prepared_stream_ = nullptr;  // restored, and knows sent_policy_version_
  int64_t sent_policy_version_ = -1;
  bool has_state_ = false;
  v1::EnvState last_state_;
  int64_t next_index_ = 0;

  std::shared_ptr<void> on_stop_;
};

}  // namespace vagram

#endif  // LEARNER_ACTOR_POOL_H_
