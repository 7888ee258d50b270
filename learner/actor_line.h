#ifndef LEARNER_ACTOR_LINE_H_
#define LEARNER_ACTOR_LINE_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "proto/checkpoint.pb.h"
#include "proto/learner.pb.h"

namespace vagram {

// The learner's side of the conversation with one actor, over whichever stream it has at the time:
// numbers the commands, sends a policy only where the stream lacks it, and restores the actor's
// environment on every new stream from the state that came with the last answer, so that an actor
// that was cut off or replaced goes on as if nothing had happened. Not thread-safe.
class ActorLine {
 public:
  // Sends a command and waits for its answer; false when the stream broke.
  using Exchange = std::function<bool(const v1::CollectCommand&, v1::CollectReply*)>;

  // One command over stream number `stream`; `policy` (null: none) is what it is to act with.
  // False when the stream broke or gave another command's answer: call again with a new one.
  bool Call(int64_t stream, const Exchange& exchange, v1::CollectCommand command,
            const v1::PolicySnapshot* policy, v1::CollectReply* reply);

  // Takes over the state that came with an answer to a command for `num_steps` steps.
  //   INVALID_ARGUMENT: other steps than those that were asked for.
  absl::Status Accept(int64_t num_steps, const v1::CollectReply& reply);

  v1::ActorState SaveState() const;
  void RestoreState(const v1::ActorState& state);

 private:
  int64_t sequence_ = 0;
  int64_t prepared_stream_ = -1;  // restored, and knows sent_policy_version_
  int64_t sent_policy_version_ = -1;
  bool has_env_ = false;
  v1::EnvState env_;
  int64_t next_index_ = 0;
};

}  // namespace vagram

#endif  // LEARNER_ACTOR_LINE_H_
