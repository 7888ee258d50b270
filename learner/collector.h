#ifndef LEARNER_COLLECTOR_H_
#define LEARNER_COLLECTOR_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/checkpoint.pb.h"
#include "proto/learner.pb.h"

namespace vagram {

// What a training loop wants of its actors, however they take turns. Not thread-safe.
class Actors {
 public:
  virtual ~Actors() = default;

  // Plays whole episodes with the policy mean.
  virtual absl::StatusOr<v1::EvaluateReply> Evaluate(int num_episodes, uint64_t seed,
                                                     const v1::PolicySnapshot& policy) = 0;

  // Where the actors' environments are, nobody at work, and back: the next steps go on from there.
  //   INVALID_ARGUMENT: another number of actors.
  virtual v1::ActorStates SaveState() const = 0;
  virtual absl::Status RestoreState(const v1::ActorStates& states) = 0;
};

// One actor that steps when it is told to.
class Collector : public Actors {
 public:
  // Takes `num_steps` steps with `policy` (null: uniform actions) and returns the transitions.
  virtual absl::StatusOr<v1::StepReply> Step(int64_t num_steps,
                                             const v1::PolicySnapshot* policy) = 0;
};

// Actors that go on stepping while the loop does other things.
class AheadCollector : public Actors {
 public:
  // Steps of one command, arrived.
  struct Arrival {
    v1::StepReply reply;
    bool uniform = false;  // taken with uniform actions: no policy was asked
  };

  // The policy of all commands from now on; null: uniform actions.
  virtual void SetPolicy(std::shared_ptr<const v1::PolicySnapshot> policy) = 0;

  // Lets actors begin steps as long as no more than `steps` are under way or wait to be taken.
  virtual void Allow(int64_t steps) = 0;

  // What has arrived since the last call, in order of arrival, and takes that off the allowance;
  // waits for something up to `max_wait`.
  //   UNAVAILABLE: no actor has been there for too long.   CANCELLED: stop.   Others: an answer
  //   that does not fit its command.
  virtual absl::StatusOr<std::vector<Arrival>> Take(absl::Duration max_wait) = 0;

  // Waits until no command is under way, and begins none until Allow is called again. What has
  // arrived can still be taken.   CANCELLED: stop.
  virtual absl::Status Rest() = 0;
};

}  // namespace vagram

#endif  // LEARNER_COLLECTOR_H_
