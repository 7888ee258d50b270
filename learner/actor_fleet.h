#ifndef LEARNER_ACTOR_FLEET_H_
#define LEARNER_ACTOR_FLEET_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/stop.h"
#include "learner/actor_line.h"
#include "learner/collect_stream.h"
#include "learner/collector.h"

namespace vagram {

// The learner's end of the streams of several actors that run ahead of it. Each stream's handler
// gives its actor one command after another, a few steps each with the newest policy, as long as
// the loop's allowance lasts; answers wait for the loop to take them. An actor that breaks off
// takes its command with it, the others go on, and its replacement goes on where its last answer
// ended. Serve and Close are thread-safe; the others belong to one thread.
class ActorFleet : public AheadCollector, public CollectStreamHost {
 public:
  struct Options {
    std::string trial_id;
    int actors = 1;
    int64_t steps_per_command = 1;
    absl::Duration reconnect_timeout;  // how long there may be no actor at all
  };

  // `stop` ends every wait, `leave` those for actors that are not there.
  ActorFleet(Options options, Clock* clock, Stop* stop, Stop* leave);
  ~ActorFleet() override;

  absl::Status Serve(int actor_index, CollectStream& stream) override;

  // Ends Serve with OK and every later call. Idempotent.
  void Close();

  void SetPolicy(std::shared_ptr<const v1::PolicySnapshot> policy) override;
  void Allow(int64_t steps) override;
  absl::StatusOr<std::vector<Arrival>> Take(absl::Duration max_wait) override;
  absl::Status Rest() override;
  // One of the actors plays, the others go on collecting.   UNAVAILABLE, CANCELLED: as Take.
  absl::StatusOr<v1::EvaluateReply> Evaluate(int num_episodes, uint64_t seed,
                                             const v1::PolicySnapshot& policy) override;
  v1::ActorStates SaveState() const override;
  absl::Status RestoreState(const v1::ActorStates& states) override;

 private:
  struct Member {
    ActorLine line;  // of the handler that has a command under way, else of the lock
    CollectStream* stream = nullptr;
    int64_t streams = 0;  // so far; the number of the newest
    bool busy = false;
  };
  struct Evaluation {
    v1::CollectCommand command;
    std::shared_ptr<const v1::PolicySnapshot> policy;
    bool taken = false;
    std::optional<v1::EvaluateReply> reply;
  };

  absl::Status ServeLocked(Member& member, CollectStream& stream)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool MayStep() const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return !resting_ && outstanding_ < allowed_;
  }
  bool MayEvaluate() const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return evaluation_ != nullptr && !evaluation_->taken;
  }
  // One command with what comes of it; false when the stream broke.
  bool Step(Member& member, int64_t number, CollectStream& stream)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool PlayEvaluation(Member& member, int64_t number, CollectStream& stream)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Lets go of the lock while the actor works.
  bool Call(Member& member, int64_t number, CollectStream& stream,
            const v1::CollectCommand& command, const v1::PolicySnapshot* policy,
            v1::CollectReply* reply) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckPresence() const ABSL_SHARED_LOCKS_REQUIRED(mu_);

  const Options options_;
  Clock* const clock_;

  mutable absl::Mutex mu_;
  std::vector<Member> members_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  bool leaving_ ABSL_GUARDED_BY(mu_) = false;
  bool resting_ ABSL_GUARDED_BY(mu_) = false;
  int serving_ ABSL_GUARDED_BY(mu_) = 0;    // handlers inside Serve
  int connected_ ABSL_GUARDED_BY(mu_) = 0;  // of them with their stream in use
  int busy_ ABSL_GUARDED_BY(mu_) = 0;       // commands under way
  int64_t allowed_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t outstanding_ ABSL_GUARDED_BY(mu_) = 0;  // steps under way or waiting to be taken
  std::shared_ptr<const v1::PolicySnapshot> policy_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<Evaluation> evaluation_ ABSL_GUARDED_BY(mu_);  // null: none is wanted
  std::vector<Arrival> arrivals_ ABSL_GUARDED_BY(mu_);
  absl::Status error_ ABSL_GUARDED_BY(mu_);      // the first answer that did not fit
  absl::Time alone_since_ ABSL_GUARDED_BY(mu_);  // while no actor is connected

  std::shared_ptr<void> on_stop_;
  std::shared_ptr<void> on_leave_;
};

}  // namespace vagram

#endif  // LEARNER_ACTOR_FLEET_H_
