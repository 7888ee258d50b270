#ifndef LEARNER_ACTOR_POOL_H_
#define LEARNER_ACTOR_POOL_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/stop.h"
#include "learner/actor_line.h"
#include "learner/collect_stream.h"
#include "learner/collector.h"

namespace vagram {

// The learner's end of its actor's stream where nobody runs ahead: one command in flight. The
// service's handler lends a stream with Serve and stays in it; the training loop's thread writes
// and reads on the stream itself, so that a step costs no hand-over between threads. When a stream
// breaks, the pool waits for the actor (or a new one) to come back, restores the environment from
// the last answer and repeats the command: the trial goes on as if nothing had happened. The newest
// stream counts: one that is left over from a dead actor gives way.
// Serve and Close are thread-safe; the others belong to one thread.
class ActorPool : public Collector, public CollectStreamHost {
 public:
  // `reconnect_timeout`: how long a command waits for an actor. `stop` ends every wait; `leave`
  // those for an actor that is not there.
  ActorPool(std::string trial_id, absl::Duration reconnect_timeout, Stop* stop, Stop* leave);
  ~ActorPool() override;

  absl::Status Serve(int actor_index, CollectStream& stream) override;

  // Ends Serve with OK and every later call. Idempotent.
  void Close();

  // UNAVAILABLE: no actor came back in time.   INVALID_ARGUMENT: the answer does not fit the
  // command.   CANCELLED: stop or Close, or told to leave and no actor there; the command then had
  // no effect.
  absl::StatusOr<v1::StepReply> Step(int64_t num_steps, const v1::PolicySnapshot* policy) override;
  absl::StatusOr<v1::EvaluateReply> Evaluate(int num_episodes, uint64_t seed,
                                             const v1::PolicySnapshot& policy) override;
  v1::ActorStates SaveState() const override;
  absl::Status RestoreState(const v1::ActorStates& states) override;

 private:
  struct Lent {
    CollectStream* stream = nullptr;
    int64_t number = 0;  // of the stream
  };
  absl::Status ServeLocked(CollectStream& stream) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<v1::CollectReply> Call(const v1::CollectCommand& command,
                                        const v1::PolicySnapshot* policy);
  absl::StatusOr<Lent> AwaitStream();
  void Break(const Lent& lent);
  bool Exchange(const Lent& lent, const v1::CollectCommand& command, v1::CollectReply* reply);

  const std::string trial_id_;
  const absl::Duration reconnect_timeout_;

  absl::Mutex mu_;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  bool leaving_ ABSL_GUARDED_BY(mu_) = false;
  CollectStream* stream_ ABSL_GUARDED_BY(mu_) = nullptr;
  int64_t streams_ ABSL_GUARDED_BY(mu_) = 0;      // lent so far; the number of the newest
  int serving_ ABSL_GUARDED_BY(mu_) = 0;          // handlers inside Serve
  bool exchanging_ ABSL_GUARDED_BY(mu_) = false;  // the caller is inside Write or Read

  ActorLine line_;  // of the calling thread alone

  std::shared_ptr<void> on_stop_;
  std::shared_ptr<void> on_leave_;
};

}  // namespace vagram

#endif  // LEARNER_ACTOR_POOL_H_
